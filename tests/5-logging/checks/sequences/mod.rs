//! Sequences of calls and events, held against a model of the contract.
//!
//! A check that is written by hand covers one call, or several that do the same. Here they meet: a
//! call is dropped while another one panics, or is polled inside the span of a caller that another
//! one was polled outside of. The [`model`] says what is logged in each step, and where.

mod driver;
mod events;
mod model;

use harness::{Allowed, Sequences, check_sequences};

use super::ANSWER;

#[test]
fn calls_and_events_may_come_in_any_order() {
    check_sequences(ANSWER, Allowed::Tokio, || Sequences {
        count: 5_000,
        generate: events::generate,
        run: driver::run,
    });
}
