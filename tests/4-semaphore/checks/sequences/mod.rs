//! Sequences of calls and events, held against a model of the contract.
//!
//! A check that is written by hand covers one event. Here they meet: a permit comes for a waiter that another task polls
//! now, a chosen waiter leaves while a second permit is free. After each event, what can be observed is held against the
//! [`model`].

mod driver;
mod events;
mod model;
mod signal;
mod waker;

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
