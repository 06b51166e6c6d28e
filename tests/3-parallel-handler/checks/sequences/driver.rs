//! Calls `generate_all` with a backend that follows a plan, and compares what it does with the model.

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use harness::{Telling, block_on_paused, moving, with_alarm};
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use parallel_handler::{Failure, Limits, generate_all};
use real_tokio::time::{Instant, sleep, timeout};
use real_tokio_util::sync::CancellationToken;

use super::events::{Call, Event, Request};
use super::model::{self, Ended, Expected, HORIZON};
use crate::checks::backend::{requests, response};

pub fn run(_: &(), events: &[Event], telling: &Telling) -> Result<(), String> {
    let call = Call::of(events);
    telling.setting(setting(&call));
    block_on_paused(call_and_compare(&call, telling))
}

/// What has been observed.
struct Log {
    telling: Telling,
    /// When the requests were sent and when they ended, by number.
    sent: Vec<Option<Duration>>,
    ended: Vec<Option<Duration>>,
    order: Vec<usize>,
    in_flight: usize,
    most_in_flight: usize,
}

impl Log {
    fn tell(&self, at: Duration, what: &str) {
        self.telling.told(format!("at {}", words(at)), what);
    }
}

struct Backend {
    call: Call,
    start: Instant,
    log: Arc<Mutex<Log>>,
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().expect("no code that can panic runs under this lock")
}

/// A request whose future exists and has not ended.
struct InFlight {
    number: usize,
    start: Instant,
    log: Arc<Mutex<Log>>,
    ended: bool,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let at = self.start.elapsed();
        let mut log = lock(&self.log);
        log.in_flight -= 1;
        log.ended[self.number] = Some(at);
        if !self.ended {
            log.tell(at, &format!("request {} is dropped", self.number));
        }
    }
}

impl Generate for Backend {
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        let number: usize = request.prompt.parse().expect("the prompts are numbers");
        let Request { takes, mut wakes, fails } = self.call.requests[number];
        let start = self.start;
        let mut log = lock(&self.log);
        let at = start.elapsed();
        log.tell(at, &format!("request {number} is sent"));
        log.order.push(number);
        log.sent[number] = Some(at);
        log.in_flight += 1;
        log.most_in_flight = log.most_in_flight.max(log.in_flight);
        drop(log);
        let mut in_flight = InFlight { number, start, log: self.log.clone(), ended: false };
        async move {
            poll_fn(|context| {
                if wakes == 0 {
                    return Poll::Ready(());
                }
                wakes -= 1;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            if !takes.is_zero() {
                // The wakes above take no time.
                sleep(takes).await;
            }
            let what = if fails { "fails" } else { "has a response" };
            lock(&in_flight.log).tell(start.elapsed(), &format!("request {number} {what}"));
            in_flight.ended = true;
            drop(in_flight);
            match fails {
                true => Err(Error::Failed { message: number.to_string() }),
                false => Ok(response(number)),
            }
        }
    }
}

async fn call_and_compare(call: &Call, telling: &Telling) -> Result<(), String> {
    let count = call.requests.len();
    let log = Arc::new(Mutex::new(Log {
        telling: telling.clone(),
        sent: vec![None; count],
        ended: vec![None; count],
        order: Vec::new(),
        in_flight: 0,
        most_in_flight: 0,
    }));
    let start = Instant::now();
    let backend = Backend { call: call.clone(), start, log: log.clone() };
    let concurrency = NonZeroUsize::new(call.concurrency).expect("it is above zero");
    let limits = Limits { concurrency, per_request: call.limit };
    let cancel = CancellationToken::new();
    let returned = {
        let all = generate_all(&backend, requests(count), &limits, &cancel);
        let ring = || {
            lock(&log).tell(start.elapsed(), "the token is cancelled");
            cancel.cancel();
        };
        let polled = async { if call.moves { moving(all).await } else { all.await } };
        let cancelled = with_alarm(polled, call.cancel_at, ring);
        timeout(HORIZON, cancelled).await.ok().map(|results| (results, start.elapsed()))
    };
    let log = lock(&log);
    if let Some((_, at)) = &returned {
        log.tell(*at, "`generate_all` returns");
    }
    if call.cancel_at.is_none() && cancel.is_cancelled() {
        return Err("`generate_all` has cancelled the caller's token".to_owned());
    }
    let (expected, end) = model::expected(call);
    compare_requests(call, &expected, &log)?;
    compare_results(call, &expected, end, returned)
}

fn compare_requests(call: &Call, expected: &[Expected], log: &Log) -> Result<(), String> {
    let (most, limit) = (log.most_in_flight, call.concurrency);
    if most > limit {
        return Err(format!("{most} requests are in flight at once, and {limit} may be"));
    }
    if !log.order.is_sorted() {
        return Err(format!("the requests are sent in the order {:?}", log.order));
    }
    if log.in_flight > 0 {
        return Err("`generate_all` has returned, but a request is still in flight".to_owned());
    }
    for (number, expected) in expected.iter().enumerate() {
        let sent = log.sent[number];
        if sent != expected.sent && !(sent.is_none() && expected.sent_or_not) {
            return Err(format!(
                "request {number} is {}, and should {}",
                sent.map_or("never sent".to_owned(), |at| format!("sent at {}", words(at))),
                expected.sent.map_or("not be".to_owned(), |at| format!("be at {}", words(at)))
            ));
        }
        let ended = log.ended[number];
        if sent.is_some() && ended != Some(expected.ends) && expected.ends < HORIZON {
            return Err(format!(
                "request {number} is in flight until {}, and should be until {}",
                ended.map_or("the end".to_owned(), words),
                words(expected.ends)
            ));
        }
    }
    Ok(())
}

fn compare_results(
    call: &Call,
    expected: &[Expected],
    end: Option<Duration>,
    returned: Option<(Vec<Result<GenerateResponse, Failure>>, Duration)>,
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

fn words(time: Duration) -> String {
    match time {
        Duration::MAX => "Duration::MAX".to_owned(),
        _ if !time.subsec_nanos().is_multiple_of(1_000_000) => format!("{} µs", time.as_micros()),
        _ => format!("{} ms", time.as_millis()),
    }
}

fn setting(call: &Call) -> String {
    let moves = if call.moves { "; each poll comes from another task" } else { "" };
    format!(
        "{} requests, concurrency {}, per_request {}{moves}",
        call.requests.len(),
        call.concurrency,
        words(call.limit)
    )
}
