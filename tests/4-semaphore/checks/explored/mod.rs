//! What the semaphore does under every interleaving of small models.

mod cancelling;
mod counting;
mod meetings;
mod visibility;
mod waiting;

use std::pin::pin;
use std::task::Poll;

use explorer::note;
use explorer::task::{Task, block_on};
use harness::Allowed::Std;
use harness::{Scenario, check_explored};

use super::ANSWER;
use crate::instrumented::{Permit, Semaphore};

/// Every interleaving: for models with two threads.
const ALL: Option<usize> = None;
/// At most so many preemptions: for models with three threads, and for many models in one check.
const MOST_PREEMPTIONS: Option<usize> = Some(3);

/// A check that runs a model, described by `text`, under the interleavings with at most so many
/// preemptions.
fn explore<F: Fn() + Send + Sync + 'static>(
    text: &'static str,
    preemptions: Option<usize>,
    model: F,
) {
    check_explored(ANSWER, Std, Scenario { text, preemptions }, model);
}

fn acquire(semaphore: &Semaphore) -> Permit<'_> {
    note("calls acquire");
    let permit = block_on(semaphore.acquire());
    note("has a permit");
    permit
}

fn drop_permit(permit: Permit<'_>) {
    note("drops its permit");
    drop(permit);
}

/// Polls an `acquire` once and drops it. If it was ready, its permit is dropped too.
fn acquire_and_cancel(semaphore: &Semaphore) {
    let task = Task::new();
    let mut acquire = Box::pin(semaphore.acquire());
    note("polls an acquire");
    if let Poll::Ready(permit) = task.poll(acquire.as_mut()) {
        drop_permit(permit);
    }
    note("drops the acquire");
    drop(acquire);
}

#[track_caller]
fn assert_all_back(semaphore: &Semaphore, permits: usize) {
    let free = semaphore.available_permits();
    assert!(
        free == permits,
        "at the end no permit is held, but `available_permits` is {free} and not {permits}"
    );
    // A permit that was doubled may be where only a waiter finds it.
    let all: Vec<_> = (0..permits).map_while(|_| semaphore.try_acquire()).collect();
    assert!(
        all.len() == permits,
        "at the end no permit is held, but `try_acquire` takes {} and not {permits}",
        all.len()
    );
    let one_more = Task::new().poll(pin!(semaphore.acquire()));
    assert!(one_more.is_pending(), "every permit is held, but `acquire` gets one more");
}
