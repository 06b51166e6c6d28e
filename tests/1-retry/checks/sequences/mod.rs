//! Sequences of attempts and events, held against a model of the contract.
//!
//! A check that is written by hand covers one event. Here they meet: a cancel at the instant at which a wait ends, a
//! timeout after an error that asked for a longer wait. The [`model`] computes what `retry` has to do, to the millisecond.

mod driver;
mod events;
mod model;

use harness::{Allowed, Sequences, check_sequences};

use super::ANSWER;

#[test]
fn attempts_and_events_may_come_in_any_order() {
    check_sequences(ANSWER, Allowed::TokioOutsideOfTypes, || Sequences {
        count: 5_000,
        generate: events::generate,
        run: driver::run,
    });
}
