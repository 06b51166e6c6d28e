//! What the contract says of a call: a list, worked through with a number of slots.

use std::time::Duration;

use super::events::{Call, Request};

/// What a call has to do with one of its requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// When it is sent; `None` if it never is.
    pub sent: Option<Duration>,
    /// It may be sent or not: its turn comes in the poll of the cancel.
    pub sent_or_not: bool,
    /// When it ends, or is dropped.
    pub ends: Duration,
    /// What its result may be.
    pub results: Vec<Ended>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended {
    Responds,
    Fails,
    TimesOut,
    Cancelled,
}

/// Longer than anyone looks.
pub const HORIZON: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What each request comes to, and when the call returns: `None` if it never does.
pub fn expected(call: &Call) -> (Vec<Expected>, Option<Duration>) {
    let cancel = call.cancel_at.unwrap_or(Duration::MAX);
    // When each slot is free again.
    let slots = call.concurrency.min(call.requests.len());
    let mut free = vec![Duration::ZERO; slots];
    let mut sent_in_the_poll_of_the_cancel = 0;
    let mut requests = Vec::new();
    for request in &call.requests {
        let slot = free.iter_mut().min().expect("there is a slot for each request or more");
        let turn = *slot;
        // Nothing is sent if the token was cancelled beforehand, and then only what was free to go.
        let few = !cancel.is_zero() && sent_in_the_poll_of_the_cancel + 1 < call.concurrency;
        // In any order, the cancel may come after all that is sent at this instant.
        let maybe = turn == cancel && (few || call.any_order);
        if turn >= cancel && !maybe {
            *slot = turn.max(cancel);
            requests.push(Expected {
                sent: None,
                sent_or_not: false,
                ends: cancel,
                results: vec![Ended::Cancelled],
            });
            continue;
        }
        sent_in_the_poll_of_the_cancel += usize::from(maybe);
        let (takes, mut outcomes) = outcomes(call, request);
        let ends = turn.saturating_add(takes).min(cancel);
        let results = match turn.saturating_add(takes) {
            end if end < cancel => outcomes,
            // In one poll, either will do.
            end if end == cancel => {
                outcomes.push(Ended::Cancelled);
                outcomes
            }
            _ => vec![Ended::Cancelled],
        };
        *slot = ends;
        requests.push(Expected { sent: Some(turn), sent_or_not: maybe, ends, results });
    }
    let end = requests.iter().map(|request| request.ends).max().unwrap_or_default();
    (requests, Some(end).filter(|&end| end < HORIZON))
}

/// How long a request takes that is not cancelled, and what may come of it.
fn outcomes(call: &Call, request: &Request) -> (Duration, Vec<Ended>) {
    if request.takes > call.limit {
        // tokio's timer counts whole milliseconds, and rounds up.
        let whole = call.limit.as_nanos().div_ceil(1_000_000);
        let limit = u64::try_from(whole).map_or(Duration::MAX, Duration::from_millis);
        return (limit, vec![Ended::TimesOut]);
    }
    let mut outcomes = vec![if request.fails { Ended::Fails } else { Ended::Responds }];
    if call.limit.is_zero() && request.wakes > 0 || call.any_order && request.takes == call.limit {
        // It may not be there yet when it is polled and the time is up.
        outcomes.push(Ended::TimesOut);
    }
    (request.takes, outcomes)
}
