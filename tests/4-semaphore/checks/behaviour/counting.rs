//! How many permits are there.

use harness::{doing, panics};
use semaphore::Semaphore;

use super::{assert_free, drop_permit, ready, take, wait};
use crate::checks::check;

#[test]
fn acquire_takes_a_free_permit_at_once() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let _permits = [take(&semaphore), take(&semaphore)];
    });
}

#[test]
fn acquire_waits_if_no_permit_is_free() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let _permit = take(&semaphore);
        wait(&semaphore);
    });
}

#[test]
fn available_permits_counts_the_free_permits() {
    check(|| {
        let semaphore = Semaphore::new(2);
        assert_free(&semaphore, 2, "in a new semaphore with two permits");
        let first = take(&semaphore);
        assert_free(&semaphore, 1, "after one of two permits was taken");
        let _second = take(&semaphore);
        assert_free(&semaphore, 0, "after both permits were taken");
        drop_permit(first);
        assert_free(&semaphore, 1, "after one of two permits was dropped");
    });
}

#[test]
fn try_acquire_takes_a_free_permit() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let _doing = doing("calling `try_acquire`");
        let permits = [semaphore.try_acquire(), semaphore.try_acquire()];
        assert!(
            permits.iter().all(Option::is_some),
            "two permits are free, but one of two calls of `try_acquire` returns `None`"
        );
        for call in ["`try_acquire`", "another `try_acquire`"] {
            let permit = semaphore.try_acquire();
            assert!(permit.is_none(), "no permit is free, but {call} returns one");
        }
    });
}

#[test]
fn a_dropped_permit_is_returned_once() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let permits = [take(&semaphore), take(&semaphore)];
        permits.into_iter().for_each(drop_permit);
        assert_free(&semaphore, 2, "after both permits were taken and dropped");

        let [first, _second] = [take(&semaphore), take(&semaphore)];
        let mut waiter = wait(&semaphore);
        drop_permit(first);
        drop_permit(ready(&mut waiter, "the waiter"));
        drop(waiter);
        assert_free(&semaphore, 1, "after a waiter got one of two permits and dropped it");
    });
}

#[test]
fn zero_permits_means_none() {
    check(|| {
        let _doing = doing("calling `new(0)`");
        let semaphore = Semaphore::new(0);
        assert_free(&semaphore, 0, "after `new(0)`");
        let permit = semaphore.try_acquire();
        assert!(permit.is_none(), "after `new(0)`, `try_acquire` returns a permit");
    });
}

#[test]
fn large_counts_are_supported() {
    check(|| {
        let most = usize::MAX >> 3;
        let _doing = doing("calling `new(usize::MAX >> 3)`");
        let semaphore = Semaphore::new(most);
        assert_free(&semaphore, most, "after `new(usize::MAX >> 3)`");
        let permit = take(&semaphore);
        assert_free(&semaphore, most - 1, "after one of `usize::MAX >> 3` permits was taken");
        drop_permit(permit);
        assert_free(&semaphore, most, "after one of `usize::MAX >> 3` permits was dropped");
    });
}

#[test]
fn semaphores_are_independent() {
    check(|| {
        let (one, other) = (Semaphore::new(1), Semaphore::new(1));
        let _permit = take(&one);
        let mut waiter = wait(&one);
        drop_permit(take(&other));
        assert!(
            waiter.poll().is_pending(),
            "a permit of one semaphore was dropped, and a waiter of another semaphore got it"
        );
    });
}

#[test]
fn a_permit_dropped_by_a_panic_is_returned() {
    check(|| {
        let semaphore = Semaphore::new(1);
        panics(|| {
            let _permit = take(&semaphore);
            panic!("expected: it drops the permit");
        });
        assert_free(&semaphore, 1, "after a panic dropped the only permit");
    });
}
