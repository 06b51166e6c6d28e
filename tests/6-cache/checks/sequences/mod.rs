//! Sequences of calls and events, held against a model of the contract.
//!
//! A check that is written by hand covers one event. Here they meet: a value is inserted for those who wait while the one
//! who computes it is about to fail, or the one whose turn has come leaves. After each event, what has happened is held
//! against the [`model`].

mod driver;
mod events;
mod model;
mod scene;

use harness::{Allowed, Sequences, check_sequences};

use super::ANSWER;

#[test]
fn calls_and_events_may_come_in_any_order() {
    check_sequences(ANSWER, Allowed::Std, || Sequences {
        count: 5_000,
        generate: events::generate,
        run: driver::run,
    });
}
