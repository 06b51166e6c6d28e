//! Sequences of requests and events, held against a model of the contract.
//!
//! A check that is written by hand covers one event. Here they meet: a time limit that is reached when another request
//! ends, a cancel at the instant of a response. The [`model`] computes when each request has to be sent and what its result
//! is, to the millisecond.

mod driver;
pub(super) mod events;
pub(super) mod model;
pub(super) mod observed;

use harness::{Allowed, Sequences, check_sequences};

use super::ANSWER;

#[test]
fn requests_and_events_may_come_in_any_order() {
    check_sequences(ANSWER, Allowed::Tokio, || Sequences {
        count: 3_000,
        generate: events::generate,
        run: driver::run,
    });
}
