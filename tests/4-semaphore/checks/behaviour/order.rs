//! Who is served first.

use std::future;
use std::task::Poll;

use harness::{Polling, Probe};
use semaphore::Semaphore;

use super::{assert_free, drop_permit, drop_waiter, ready, take, wait, wait_until};
use crate::checks::check;

#[test]
fn waiters_are_served_in_order() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let mut permit = take(&semaphore);
        let mut waiters = [0; 4].map(|_| wait(&semaphore));
        for (waiter, name) in waiters.iter_mut().zip(["first", "second", "third", "fourth"]) {
            drop_permit(permit);
            permit = ready(waiter, &format!("the {name} of four waiters"));
        }
    });
}

#[test]
fn acquire_joins_the_queue_at_its_first_poll() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut called_first = Polling::new(semaphore.acquire());
        let mut polled_first = wait(&semaphore);
        assert!(called_first.poll().is_pending(), "no permit is free, but `acquire` is ready");
        drop_permit(permit);
        ready(
            &mut polled_first,
            "the `acquire` that was polled first (another was called before it and polled later)",
        );
    });
}

#[test]
fn an_unpolled_acquire_has_no_effect() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let unpolled = || Polling::new(semaphore.acquire());
        let called_before = unpolled();
        assert_free(&semaphore, 1, "after a call of `acquire` that nobody polled");
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        drop_waiter(called_before);
        drop_waiter(unpolled());
        drop_permit(permit);
        drop_permit(ready(&mut waiter, "a waiter (others were called and dropped without a poll)"));
        drop_waiter(unpolled());
        assert_free(&semaphore, 1, "after an `acquire` was dropped without a poll");
    });
}

#[test]
fn an_unpolled_acquire_until_has_no_effect() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let unpolled = || Polling::new(semaphore.acquire_until(future::pending::<()>()));
        let mut called_first = unpolled();
        assert_free(&semaphore, 1, "after a call of `acquire_until` that nobody polled");
        let permit = take(&semaphore);
        let mut polled_first = wait_until(&semaphore, future::pending::<()>());
        assert!(
            called_first.poll().is_pending(),
            "no permit is free and the signal is pending, but `acquire_until` is ready"
        );
        drop_waiter(unpolled());
        drop_permit(permit);
        let output = ready(
            &mut polled_first,
            "the `acquire_until` that was polled first (another was called before it and polled \
             later)",
        );
        assert!(output.is_ok(), "the signal is pending, but `acquire_until` returns `Cancelled`");
    });
}

#[test]
fn polling_again_keeps_the_place_in_the_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let (mut first, _second) = (wait(&semaphore), wait(&semaphore));
        for _ in 0..3 {
            let pending = first.poll().is_pending();
            assert!(pending, "no permit is free, but a waiter that is polled again is ready");
        }
        drop_permit(permit);
        ready(&mut first, "the first waiter, which was polled several times while it waited");
    });
}

#[test]
fn waiters_of_one_task_are_independent() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        // As in a `join!`: one task and one waker for several waiters.
        let task = Probe::new();
        let wait_in_task = || {
            let mut acquire = Polling::new(semaphore.acquire());
            let pending = acquire.poll_with(&task.waker()).is_pending();
            assert!(pending, "no permit is free, but `acquire` is ready");
            acquire
        };
        let mut first = wait_in_task();
        let _other_task = wait(&semaphore);
        drop_waiter(wait_in_task());
        drop_permit(permit);
        assert!(
            task.wakes() > 0,
            "a task dropped one of its two waiters, and when a permit was dropped, its other \
             waiter, the first in the queue, was not woken"
        );
        assert!(
            first.poll().is_ready(),
            "a task dropped one of its two waiters, and its other waiter, the first in the queue, \
             did not get the permit that was dropped"
        );
    });
}

#[test]
fn order_survives_many_cancelled_waiters() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut first = wait(&semaphore);
        // More than 16 bits can count.
        for _ in 0..70_000 {
            drop_waiter(wait(&semaphore));
        }
        let _last = wait(&semaphore);
        drop_permit(permit);
        ready(&mut first, "the first waiter (70,000 came after it and were dropped)");
    });
}

#[test]
fn acquire_does_not_overtake_a_waiter() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let _waiter = wait(&semaphore);
        drop_permit(permit);
        assert!(
            Polling::new(semaphore.acquire()).poll().is_pending(),
            "a waiter was promised a permit, but a new `acquire` took it"
        );
        let mut with_signal = Polling::new(semaphore.acquire_until(future::pending::<()>()));
        assert!(
            with_signal.poll().is_pending(),
            "a waiter was promised a permit, but a new `acquire_until` took it"
        );
    });
}

#[test]
fn a_later_waiter_does_not_overtake_a_waiter() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let (_first, mut second) = (wait(&semaphore), wait(&semaphore));
        drop_permit(permit);
        assert!(
            second.poll().is_pending(),
            "the first waiter was promised a permit, but the second was polled and took it"
        );
    });
}

#[test]
fn try_acquire_does_not_overtake_a_waiter() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let _waiter = wait(&semaphore);
        drop_permit(permit);
        assert!(
            semaphore.try_acquire().is_none(),
            "a waiter was promised a permit, but `try_acquire` took it"
        );
    });
}

#[test]
fn acquire_until_waits_in_the_same_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut first = wait_until(&semaphore, future::pending::<()>());
        let mut second = wait(&semaphore);
        let mut third = wait_until(&semaphore, future::pending::<()>());
        let again = first.poll();
        let Poll::Pending = again else {
            panic!("no permit is free and the signal is pending, but `acquire_until` is ready");
        };
        drop_permit(permit);
        let Ok(permit) = ready(&mut first, "an `acquire_until`, the first in the queue") else {
            panic!("the signal is pending, but `acquire_until` returns `Cancelled`");
        };
        drop_permit(permit);
        drop_permit(ready(&mut second, "an `acquire` behind an `acquire_until`"));
        ready(&mut third, "an `acquire_until` behind an `acquire`").ok();
    });
}
