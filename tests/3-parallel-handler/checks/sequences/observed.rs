//! What has been observed of a call, and how it is compared with the model.

use std::time::Duration;

use ollama::{Error, GenerateResponse};
use parallel_handler::Failure;

use super::events::Call;
use super::model::{self, Ended, Expected, HORIZON};

/// What has become of the requests.
#[derive(Clone, Debug)]
pub struct Observed {
    /// When they were sent and when they ended, by number.
    sent: Vec<Option<Duration>>,
    ended: Vec<Option<Duration>>,
    /// Their numbers, in the order in which they were sent.
    order: Vec<usize>,
    in_flight: usize,
    most_in_flight: usize,
}

/// The results that a call has returned, and when.
pub type Returned = (Vec<Result<GenerateResponse, Failure>>, Duration);

impl Observed {
    pub fn new(requests: usize) -> Self {
        let (sent, ended) = (vec![None; requests], vec![None; requests]);
        Self { sent, ended, order: Vec::new(), in_flight: 0, most_in_flight: 0 }
    }

    /// Returns how many were sent before.
    pub fn is_sent(&mut self, number: usize, at: Duration) -> usize {
        self.order.push(number);
        self.sent[number] = Some(at);
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        self.order.len() - 1
    }

    pub fn ends(&mut self, number: usize, at: Duration) {
        self.in_flight -= 1;
        self.ended[number] = Some(at);
    }

    /// What differs from the model.
    pub fn compare(&self, call: &Call, returned: Option<Returned>) -> Result<(), String> {
        let times = |number| self.order.iter().filter(|sent| **sent == number).count();
        if let Some(number) = (0..self.sent.len()).find(|number| times(*number) > 1) {
            return Err(format!("request {number} is sent {} times", times(number)));
        }
        let (in_turn, end) = model::expected(call);
        let mut expected = in_turn.clone();
        if call.any_order {
            // What is expected of those that are sent first, second, and so on.
            let unsent = (0..in_turn.len()).filter(|number| self.sent[*number].is_none());
            for (number, in_turn) in self.order.iter().copied().chain(unsent).zip(in_turn) {
                expected[number] = in_turn;
            }
        }
        if returned.is_some() && self.in_flight > 0 {
            return Err("`generate_all` has returned, but a request is still in flight".to_owned());
        }
        self.compare_requests(call, &expected)?;
        compare_results(call, &expected, end, returned)
    }

    fn compare_requests(&self, call: &Call, expected: &[Expected]) -> Result<(), String> {
        let (most, limit) = (self.most_in_flight, call.concurrency);
        if most > limit {
            return Err(format!("{most} requests are in flight at once, and {limit} may be"));
        }
        if !call.any_order && !self.order.is_sorted() {
            return Err(format!("the requests are sent in the order {:?}", self.order));
        }
        for (number, expected) in expected.iter().enumerate() {
            let sent = self.sent[number];
            if sent != expected.sent && !(sent.is_none() && expected.sent_or_not) {
                return Err(format!(
                    "request {number} is {}, and should {}",
                    sent.map_or("never sent".to_owned(), |at| format!("sent at {}", words(at))),
                    expected.sent.map_or("not be".to_owned(), |at| format!("be at {}", words(at)))
                ));
            }
            let ended = self.ended[number];
            if sent.is_some() && ended != Some(expected.ends) && expected.ends < HORIZON {
                let until = match ended {
                    None => "until the end".to_owned(),
                    Some(at) if at >= HORIZON => "for ever".to_owned(),
                    Some(at) => format!("until {}", words(at)),
                };
                let should = words(expected.ends);
                return Err(format!(
                    "request {number} is in flight {until}, and should be until {should}"
                ));
            }
        }
        Ok(())
    }
}

fn compare_results(
    call: &Call,
    expected: &[Expected],
    end: Option<Duration>,
    returned: Option<Returned>,
) -> Result<(), String> {
    let (results, at) = match (returned, end) {
        (Some((results, at)), Some(end)) if at == end => (results, at),
        (Some((_, at)), end) => {
            let should =
                end.map_or("not return at all".to_owned(), |end| format!("at {}", words(end)));
            return Err(format!("`generate_all` returns at {}, and should {should}", words(at)));
        }
        (None, Some(end)) => {
            return Err(format!("`generate_all` never returns, and should at {}", words(end)));
        }
        (None, None) => return Ok(()),
    };
    if results.len() != call.requests.len() {
        let (requests, results) = (call.requests.len(), results.len());
        return Err(format!("there are {requests} requests, and {results} results"));
    }
    for (number, (result, expected)) in results.iter().zip(expected).enumerate() {
        let (ended, whose) = match result {
            Ok(response) => (Ended::Responds, Some(&response.response)),
            Err(Failure::Backend(Error::Failed { message })) => (Ended::Fails, Some(message)),
            Err(Failure::Backend(error)) => return Err(format!("request {number} fails: {error}")),
            Err(Failure::TimedOut) => (Ended::TimesOut, None),
            Err(Failure::Cancelled) => (Ended::Cancelled, None),
        };
        if whose.is_some_and(|whose| *whose != number.to_string()) {
            return Err(format!("in the place of request {number} is the result of another"));
        }
        if !expected.results.contains(&ended) {
            let should: Vec<_> = expected.results.iter().map(|ended| in_words(*ended)).collect();
            return Err(format!(
                "at {}, the result of request {number} is {}, and should be {}",
                words(at),
                in_words(ended),
                should.join(" or ")
            ));
        }
    }
    Ok(())
}

fn in_words(ended: Ended) -> &'static str {
    match ended {
        Ended::Responds => "its response",
        Ended::Fails => "its failure",
        Ended::TimesOut => "`TimedOut`",
        Ended::Cancelled => "`Cancelled`",
    }
}

pub fn words(time: Duration) -> String {
    match time {
        Duration::MAX => "Duration::MAX".to_owned(),
        _ if !time.subsec_nanos().is_multiple_of(1_000_000) => format!("{} µs", time.as_micros()),
        _ => format!("{} ms", time.as_millis()),
    }
}
