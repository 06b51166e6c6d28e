//! What can happen to the calls of a backend that is logged.

use harness::Rng;
use tracing::level_filters::LevelFilter;

/// What the subscriber wants to hear.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub wanted: LevelFilter,
}

#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A call is made: with this number of the attempt, or of `generate`.
    Call { attempt: Option<u32>, prompt: usize },
    /// A call is polled. The caller is in a span of its own, or in none.
    Poll { call: usize, inside: bool, does: Does },
    /// The future of a call is dropped.
    Drop { call: usize, inside: bool },
    /// The caller panics, which drops the future of a call.
    CallerPanics { call: usize },
    /// The caller logs something.
    CallerLogs { inside: bool },
    /// Milliseconds pass.
    Wait(u64),
}

/// What the backend does when it is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    Waits,
    Responds,
    Fails(Kind),
    Panics,
}

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Refused,
    Unfinished,
    Status(u16),
}

/// A few calls, and what happens to them.
pub fn generate(rng: &mut Rng) -> (Setting, Vec<Event>) {
    let wanted = match rng.u32(0..8) {
        0 => LevelFilter::OFF,
        1 => LevelFilter::ERROR,
        2 => LevelFilter::WARN,
        3 => LevelFilter::INFO,
        _ => LevelFilter::TRACE,
    };
    let mut calls = 0;
    let mut events = Vec::new();
    for _ in 0..rng.u32(2..24) {
        if calls == 0 || calls < 4 && rng.u32(0..5) == 0 {
            let attempt = rng.bool().then(|| rng.u32(1..4));
            events.push(Event::Call { attempt, prompt: rng.usize(0..100) });
            calls += 1;
            continue;
        }
        let call = rng.usize(0..calls);
        let inside = rng.u32(0..4) == 0;
        events.push(match rng.u32(0..14) {
            0 => Event::Drop { call, inside },
            1 => Event::CallerPanics { call },
            2 => Event::CallerLogs { inside },
            3..6 => Event::Wait(rng.u64(1..5) * 50),
            _ => Event::Poll { call, inside, does: does(rng) },
        });
    }
    (Setting { wanted }, events)
}

fn does(rng: &mut Rng) -> Does {
    match rng.u32(0..10) {
        0 | 1 => Does::Responds,
        2 => Does::Fails(Kind::Refused),
        3 => Does::Fails(Kind::Unfinished),
        4 => Does::Fails(Kind::Status([404, 503][rng.usize(0..2)])),
        5 => Does::Panics,
        _ => Does::Waits,
    }
}
