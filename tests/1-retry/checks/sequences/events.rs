//! What can happen in a call of `retry`, and what it is called with.

use std::time::Duration;

use harness::Rng;

use super::model;

/// A part of the call, or what its next attempt does. What is left out is as in [`Call::default`].
#[derive(Clone, Copy, Debug)]
pub enum Event {
    MaxAttempts(u32),
    BaseDelay(Duration),
    MaxDelay(Duration),
    Limit(Duration),
    Budget {
        tokens: u32,
        thousandths_per_success: u64,
    },
    /// The token is cancelled at this time.
    CancelAt(Duration),
    /// Each poll comes from another task than the poll before.
    Moves,
    Attempt(Attempt),
    /// When the attempt before this starts, other callers spend so many tokens.
    OthersSpend(u32),
    /// When the attempt before this starts, other callers succeed so many times.
    OthersSucceed(u32),
}

/// What an attempt does. One that has no plan succeeds at once.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub takes: Duration,
    pub outcome: Outcome,
    /// Other callers spend so many tokens when it starts.
    pub others_spend: u32,
    /// Other callers succeed so many times when it starts.
    pub others_succeed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Succeeds,
    Fails,
    /// Fails, and asks for this wait.
    AsksFor(Duration),
    FailsPermanently,
}

/// A call of `retry`.
#[derive(Clone, Debug)]
pub struct Call {
    pub max_attempts: u32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    pub limit: Option<Duration>,
    pub tokens: u32,
    pub thousandths_per_success: u64,
    pub cancel_at: Option<Duration>,
    pub moves: bool,
    pub attempts: Vec<Attempt>,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: ms(100),
            max_delay: ms(1_000),
            limit: None,
            tokens: 10,
            thousandths_per_success: 500,
            cancel_at: None,
            moves: false,
            attempts: Vec::new(),
        }
    }
}

impl Call {
    pub fn of(events: &[Event]) -> Self {
        let mut call = Self::default();
        for event in events {
            match *event {
                Event::MaxAttempts(attempts) => call.max_attempts = attempts,
                Event::BaseDelay(delay) => call.base_delay = delay,
                Event::MaxDelay(delay) => call.max_delay = delay,
                Event::Limit(limit) => call.limit = Some(limit),
                Event::Budget { tokens, thousandths_per_success } => {
                    (call.tokens, call.thousandths_per_success) = (tokens, thousandths_per_success);
                }
                Event::CancelAt(time) => call.cancel_at = Some(time),
                Event::Moves => call.moves = true,
                Event::Attempt(attempt) => call.attempts.push(attempt),
                Event::OthersSpend(tokens) => {
                    call.attempts
                        .iter_mut()
                        .last()
                        .into_iter()
                        .for_each(|it| it.others_spend = tokens);
                }
                Event::OthersSucceed(times) => {
                    call.attempts
                        .iter_mut()
                        .last()
                        .into_iter()
                        .for_each(|it| it.others_succeed = times);
                }
            }
        }
        call
    }

    /// What an attempt does, by its number from 1.
    pub fn attempt(&self, number: u32) -> Attempt {
        let at_once = Attempt {
            takes: Duration::ZERO,
            outcome: Outcome::Succeeds,
            others_spend: 0,
            others_succeed: 0,
        };
        self.attempts.get(number as usize - 1).copied().unwrap_or(at_once)
    }
}

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// All times are multiples of 50 ms, so that many of them coincide.
fn time(rng: &mut Rng) -> Duration {
    ms(50) * rng.u32(0..12)
}

fn delay(rng: &mut Rng) -> Duration {
    match rng.u32(0..12) {
        0 => Duration::ZERO,
        1 => Duration::MAX,
        2 => ms(2_000),
        _ => ms(100) * rng.u32(1..6),
    }
}

/// A call, and what its attempts do.
pub fn generate(rng: &mut Rng) -> ((), Vec<Event>) {
    let mut events = Vec::new();
    if rng.bool() {
        events.push(Event::MaxAttempts([1, 2, 3, 4, 5, u32::MAX][rng.usize(0..6)]));
    }
    if rng.bool() {
        events.push(Event::BaseDelay(delay(rng)));
    }
    if rng.bool() {
        events.push(Event::MaxDelay(delay(rng)));
    }
    if rng.bool() {
        events.push(Event::Limit(delay(rng)));
    }
    if rng.bool() {
        let thousandths_per_success = [0, 1, 500, 1_000, 2_500][rng.usize(0..5)];
        events.push(Event::Budget { tokens: rng.u32(0..4), thousandths_per_success });
    }
    if rng.u32(0..4) == 0 {
        events.push(Event::Moves);
    }
    for _ in 0..rng.u32(0..6) {
        let outcome = match rng.u32(0..10) {
            0 => Outcome::FailsPermanently,
            1 | 2 => Outcome::AsksFor(delay(rng)),
            3 => Outcome::Succeeds,
            _ => Outcome::Fails,
        };
        let takes = if rng.bool() { Duration::ZERO } else { time(rng) };
        events.push(Event::Attempt(Attempt { takes, outcome, others_spend: 0, others_succeed: 0 }));
        match rng.u32(0..8) {
            0 => events.push(Event::OthersSpend(rng.u32(1..4))),
            1 => events.push(Event::OthersSucceed(rng.u32(1..4))),
            _ => {}
        }
    }
    match rng.u32(0..4) {
        0 => events.push(Event::CancelAt(time(rng) * rng.u32(1..4))),
        // At an instant at which something else happens.
        1 | 2 => {
            let expected = model::expected(&Call::of(&events));
            let times = [&expected.starts[..], &[expected.end]].concat();
            events.push(Event::CancelAt(times[rng.usize(0..times.len())]));
        }
        _ => {}
    }
    ((), events)
}
