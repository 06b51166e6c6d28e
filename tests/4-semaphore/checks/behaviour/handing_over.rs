//! Permits that come back while somebody waits.

use std::task::Poll;

use harness::{Polling, doing};
use semaphore::Semaphore;

use super::{assert_free, drop_permit, ready, take, wait};
use crate::checks::check;

#[test]
fn a_promised_permit_is_not_available() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let (first, second) = (take(&semaphore), take(&semaphore));
        let _waiter = wait(&semaphore);
        assert_free(&semaphore, 0, "with both permits held and one waiter");
        drop_permit(first);
        assert_free(&semaphore, 0, "with one permit held and the other promised to a waiter");
        drop_permit(second);
        assert_free(&semaphore, 1, "with no permit held and one of two promised to a waiter");
    });
}

#[test]
fn unpromised_permits_are_available() {
    check(|| {
        let semaphore = Semaphore::new(3);
        let permits = [take(&semaphore), take(&semaphore), take(&semaphore)];
        let _waiter = wait(&semaphore);
        permits.into_iter().for_each(drop_permit);
        let _doing = doing("taking a permit that is promised to nobody");
        let tried = semaphore.try_acquire();
        assert!(
            tried.is_some(),
            "three permits are back and one is promised to a waiter, but `try_acquire` returns \
             `None`"
        );
        let Poll::Ready(_permit) = Polling::new(semaphore.acquire()).poll() else {
            panic!(
                "three permits are back and one is promised to a waiter, but a new `acquire` is \
                 pending"
            );
        };
    });
}

#[test]
fn each_returned_permit_wakes_one_waiter() {
    check(|| {
        let semaphore = Semaphore::new(3);
        let permits = [take(&semaphore), take(&semaphore), take(&semaphore)];
        let mut waiters = [0; 3].map(|_| wait(&semaphore));
        permits.into_iter().for_each(drop_permit);
        let woken = waiters.iter().filter(|waiter| waiter.was_woken()).count();
        assert!(woken == 3, "three permits are back for three waiters: {woken} of 3 were woken");
        // The last one first: none depends on the poll of another.
        let _third = ready(&mut waiters[2], "the third of three waiters");
        let _second = ready(&mut waiters[1], "the second of three waiters");
        ready(&mut waiters[0], "the first of three waiters");
    });
}
