//! What can happen in a call of `generate_all`, and what it is called with.

use std::time::Duration;

use harness::Rng;

use super::model;

/// A part of the call, or one of its requests. What is left out is as in [`Call::default`].
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Concurrency(usize),
    Limit(Duration),
    /// The token is cancelled at this time.
    CancelAt(Duration),
    /// Each poll comes from another task than the poll before.
    Moves,
    Request(Request),
}

/// What the backend does with a request.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub takes: Duration,
    /// How many times its future wakes itself before that, without being ready.
    pub wakes: u32,
    pub fails: bool,
}

/// A call of `generate_all`.
#[derive(Clone, Debug)]
pub struct Call {
    pub concurrency: usize,
    pub limit: Duration,
    pub cancel_at: Option<Duration>,
    pub moves: bool,
    /// What happens at one instant comes from several tasks, in any order, and any request may be sent next: they
    /// take their turns in the order of `requests` nevertheless.
    pub any_order: bool,
    pub requests: Vec<Request>,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            concurrency: 2,
            limit: Duration::MAX,
            cancel_at: None,
            moves: false,
            any_order: false,
            requests: Vec::new(),
        }
    }
}

impl Call {
    pub fn of(events: &[Event]) -> Self {
        let mut call = Self::default();
        for event in events {
            match *event {
                Event::Concurrency(concurrency) => call.concurrency = concurrency,
                Event::Limit(limit) => call.limit = limit,
                Event::CancelAt(time) => call.cancel_at = Some(time),
                Event::Moves => call.moves = true,
                Event::Request(request) => call.requests.push(request),
            }
        }
        call
    }
}

/// All times are multiples of 50 ms, so that many of them coincide.
fn time(rng: &mut Rng) -> Duration {
    Duration::from_millis(50) * rng.u32(0..10)
}

/// A call and its requests.
pub fn generate(rng: &mut Rng) -> ((), Vec<Event>) {
    let mut events = Vec::new();
    if rng.bool() {
        events.push(Event::Concurrency([1, 2, 3, 4, usize::MAX][rng.usize(0..5)]));
    }
    if rng.bool() {
        let limit = match rng.u32(0..8) {
            0 => Duration::ZERO,
            1 => Duration::from_micros(500),
            _ => time(rng),
        };
        events.push(Event::Limit(limit));
    }
    if rng.u32(0..4) == 0 {
        events.push(Event::Moves);
    }
    for _ in 0..rng.u32(0..9) {
        let takes = match rng.u32(0..8) {
            0 | 1 => Duration::ZERO,
            2 => Duration::MAX,
            _ => time(rng),
        };
        let wakes = rng.u32(0..6).saturating_sub(3);
        events.push(Event::Request(Request { takes, wakes, fails: rng.u32(0..4) == 0 }));
    }
    // Without an end, nothing can be compared.
    let is_endless =
        |event: &Event| matches!(event, Event::Request(it) if it.takes == Duration::MAX);
    let ends = |event: &Event| matches!(event, Event::CancelAt(_) | Event::Limit(_));
    if events.iter().any(is_endless) && !events.iter().any(ends) {
        events.push(Event::Limit(time(rng)));
    }
    match rng.u32(0..4) {
        0 => events.push(Event::CancelAt(time(rng) * rng.u32(1..3))),
        // At an instant at which something else happens.
        1 | 2 => {
            let (requests, _) = model::expected(&Call::of(&events));
            if let Some(request) = requests.get(rng.usize(0..requests.len().max(1))) {
                events.push(Event::CancelAt(request.ends));
            }
        }
        _ => {}
    }
    ((), events)
}
