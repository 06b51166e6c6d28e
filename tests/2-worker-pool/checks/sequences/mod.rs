//! Sequences of calls and events, held against a model of the contract.
//!
//! A check that is written by hand covers one event. Here they meet: a panic while the results are full, a cancel during
//! a shutdown. After each event the pool comes to rest, and what can be observed is held against the [`model`].

#![allow(clippy::drop_non_drop, reason = "an answer's pool may have no destructor")]

mod driver;
mod events;
mod jobs;
pub(super) mod model;

use harness::{Allowed, Sequences, check_sequences};

use super::ANSWER;

#[test]
fn calls_and_events_may_come_in_any_order() {
    check_sequences(ANSWER, Allowed::Tokio, || Sequences {
        count: 1_500,
        generate: events::generate,
        run: driver::run,
    });
}
