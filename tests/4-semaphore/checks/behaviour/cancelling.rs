//! Waiters that are dropped: nothing is lost, and nothing of them is kept.

use std::future;

use semaphore::Semaphore;

use super::{Signal, assert_free, drop_permit, drop_waiter, ready, take, wait, wait_until};
use crate::checks::{MEMORY, check};

#[test]
fn a_dropped_waiter_leaves_the_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        drop_waiter(wait(&semaphore));
        assert_free(&semaphore, 0, "with the only permit held, after the only waiter was dropped");

        let first = wait(&semaphore);
        let [mut second, third, mut fourth, _fifth] = [0; 4].map(|_| wait(&semaphore));
        drop_waiter(first);
        drop_waiter(third);
        drop_permit(permit);
        let permit = ready(&mut second, "the second waiter (the first was dropped)");
        drop_permit(permit);
        ready(&mut fourth, "the fourth waiter (the third was dropped)");
    });
}

#[test]
fn a_waiter_dropped_with_a_promise_passes_it_on() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let (first, second) = (wait(&semaphore), wait_until(&semaphore, future::pending::<()>()));
        let mut third = wait(&semaphore);
        drop_permit(permit);
        drop_waiter(first);
        assert!(
            second.was_woken(),
            "a waiter was dropped after a permit was promised to it, but the next was not woken"
        );
        drop_waiter(second);
        drop_permit(ready(&mut third, "the third waiter (two were promised it and dropped)"));
        assert_free(&semaphore, 1, "after waiters that were promised the permit were dropped");

        let permit = take(&semaphore);
        let alone = wait(&semaphore);
        drop_permit(permit);
        drop_waiter(alone);
        assert_free(&semaphore, 1, "after the only waiter was promised the permit and dropped");
    });
}

#[test]
fn a_passed_on_promise_wakes_the_right_waiter() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let permits = [take(&semaphore), take(&semaphore)];
        let (first, _second, mut third) = (wait(&semaphore), wait(&semaphore), wait(&semaphore));
        permits.into_iter().for_each(drop_permit);
        drop_waiter(first);
        ready(
            &mut third,
            "the third waiter (two permits were promised to the first and the second, and the \
             first was dropped)",
        );
    });
}

/// Fails if `rounds` of work keep memory.
#[track_caller]
fn assert_no_growth(rounds: impl Fn(usize), each: &str) {
    // Whatever is kept once and for all is there after this.
    rounds(2_000);
    let before = MEMORY.allocated();
    rounds(4_000);
    let grown = MEMORY.allocated().saturating_sub(before);
    // One byte for each round would be 4,000 bytes; the smallest thing to leak is larger.
    assert!(grown < 4_000, "4,000 times {each}: {grown} more bytes are allocated than before");
}

#[test]
fn dropped_waiters_leave_no_memory() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let first = wait(&semaphore);
        let behind = |rounds: usize| {
            for _ in 0..rounds {
                drop_waiter(wait(&semaphore));
                let signal = Signal::default();
                let mut cancelled = wait_until(&semaphore, signal.given());
                signal.give();
                drop(cancelled.poll());
                drop_waiter(cancelled);
            }
        };
        assert_no_growth(behind, "two waiters were dropped while another was in front of them");

        drop_permit(permit);
        drop_waiter(first);
        let with_promise = |rounds: usize| {
            for _ in 0..rounds {
                let permit = take(&semaphore);
                let waiter = wait(&semaphore);
                drop_permit(permit);
                drop_waiter(waiter);
            }
        };
        assert_no_growth(with_promise, "a waiter was promised a permit and dropped");
    });
}

#[test]
fn served_waiters_leave_no_memory() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let served = |rounds: usize| {
            for _ in 0..rounds {
                let permit = take(&semaphore);
                let mut first = wait(&semaphore);
                let mut second = wait_until(&semaphore, future::pending::<()>());
                drop_permit(permit);
                drop_permit(ready(&mut first, "the first waiter"));
                drop(ready(&mut second, "the second waiter"));
            }
        };
        assert_no_growth(served, "two waiters waited, got a permit and dropped it");
    });
}
