//! `acquire_until` and its signal, which can be any future.

use std::cell::Cell;
use std::future::{self, Future, poll_fn};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use harness::{Polling, doing, panics};
use semaphore::{Cancelled, Permit, Semaphore};

use super::{
    Signal, assert_cancelled, assert_free, drop_permit, drop_waiter, ready, take, wait, wait_until,
};
use crate::checks::check;

#[test]
fn the_signal_cancels_acquire_until() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let _permit = take(&semaphore);
        let signal = Signal::default();
        let mut waiter = wait_until(&semaphore, signal.given());
        signal.give();
        assert_cancelled(waiter.poll());
        let _doing = doing("polling an `acquire_until` whose signal is ready from the start");
        assert_cancelled(Polling::new(semaphore.acquire_until(future::ready(()))).poll());
    });
}

#[test]
fn a_permit_wins_over_the_signal() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let Poll::Ready(Ok(permit)) =
            Polling::new(semaphore.acquire_until(future::ready(()))).poll()
        else {
            panic!(
                "a permit is free and the signal is ready at the first poll of `acquire_until`, \
                 but it does not return the permit"
            );
        };
        let signal = Signal::default();
        let mut waiter = wait_until(&semaphore, signal.given());
        drop_permit(permit);
        signal.give();
        assert!(
            matches!(waiter.poll(), Poll::Ready(Ok(_))),
            "a permit was dropped and the signal became ready before a poll of `acquire_until`, \
             but it does not return the permit"
        );
    });
}

#[test]
fn a_cancelled_acquire_until_leaves_the_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let signal = Signal::default();
        let mut cancelled = wait_until(&semaphore, signal.given());
        let mut next = wait(&semaphore);
        signal.give();
        assert_cancelled(cancelled.poll());
        // The finished future still exists.
        drop_permit(permit);
        ready(&mut next, "the next waiter (the `acquire_until` in front of it was cancelled)");
    });
}

/// A signal that drops the permit in the cell the next time it is polled, and then is ready or not.
fn drops_permit(permit: &Cell<Option<Permit<'_>>>, is_ready: bool) -> impl Future<Output = ()> {
    poll_fn(move |_| {
        let Some(permit) = permit.take() else { return Poll::Pending };
        let _doing = doing("polling a signal that drops a permit");
        drop(permit);
        if is_ready { Poll::Ready(()) } else { Poll::Pending }
    })
}

#[test]
fn a_waiter_cancelled_with_a_promise_passes_it_on() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let dropped = Cell::new(None);
        let mut waiter = wait_until(&semaphore, drops_permit(&dropped, true));
        let mut next = wait(&semaphore);
        dropped.set(Some(permit));
        // Either output is right.
        match waiter.poll() {
            Poll::Ready(Ok(permit)) => drop_permit(permit),
            Poll::Ready(Err(Cancelled)) => {}
            Poll::Pending => panic!("the signal is ready, but `acquire_until` is pending"),
        }
        ready(
            &mut next,
            "the next waiter (the one in front of it was promised a permit and cancelled in the \
             same poll)",
        );
    });
}

#[test]
fn the_signal_is_polled_with_the_callers_waker() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let _permit = take(&semaphore);
        let seen = Mutex::new(None::<Waker>);
        let signal = poll_fn(|cx: &mut Context<'_>| {
            *seen.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        let mut waiter = wait_until(&semaphore, signal);
        for poll in ["the first poll of `acquire_until`", "a poll by another task"] {
            let waker = seen.lock().unwrap().take();
            let waker = waker.unwrap_or_else(|| panic!("{poll} does not poll the signal"));
            let before = waiter.wakes();
            waker.wake();
            assert!(
                waiter.wakes() > before,
                "{poll} does not pass its waker to the signal: when the signal becomes ready, the \
                 caller is not woken"
            );
            let pending = waiter.poll_with_new_waker().is_pending();
            assert!(
                pending,
                "no permit is free and the signal is pending, but `acquire_until` is ready"
            );
        }
    });
}

#[test]
fn a_completed_signal_is_not_polled_again() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let _permit = take(&semaphore);
        let polls = Cell::new(0);
        let signal = poll_fn(|_| {
            polls.set(polls.get() + 1);
            if polls.get() < 3 { Poll::Pending } else { Poll::Ready(()) }
        });
        let mut waiter = Polling::new(semaphore.acquire_until(signal));
        // An answer may poll the signal more than once in a poll of its own.
        let ended = (0..3).any(|_| waiter.poll().is_ready());
        assert!(ended, "the signal is ready, but `acquire_until` is pending");
        assert!(polls.get() == 3, "the signal is polled again after it was ready");
    });
}

#[test]
fn the_signal_may_use_the_semaphore() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let _permit = take(&semaphore);
        let uses = poll_fn(|_| {
            let _doing = doing("polling a signal that uses the semaphore");
            let tried = semaphore.try_acquire();
            assert!(
                tried.is_none(),
                "no permit is free, but `try_acquire` in the poll of a signal returns one"
            );
            drop(Polling::new(semaphore.acquire()).poll());
            semaphore.available_permits();
            Poll::<()>::Pending
        });
        drop_waiter(wait_until(&semaphore, uses));

        // A permit that comes back while the signal is polled: either output is right.
        for is_ready in [false, true] {
            let semaphore = Semaphore::new(1);
            let dropped = Cell::new(Some(take(&semaphore)));
            let mut waiter =
                Polling::new(semaphore.acquire_until(drops_permit(&dropped, is_ready)));
            let output = match waiter.poll() {
                Poll::Ready(output) => output,
                Poll::Pending => {
                    ready(&mut waiter, "an `acquire_until` whose signal drops a permit")
                }
            };
            drop(output);
            drop(waiter);
            assert_free(&semaphore, 1, "after the poll of a signal dropped the only permit");
        }
    });
}

#[test]
fn a_panicking_signal_loses_nothing() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let panics_now = Cell::new(false);
        let signal = poll_fn(|_| {
            assert!(!panics_now.get(), "expected: the signal panics");
            Poll::<()>::Pending
        });
        let mut panicking = wait_until(&semaphore, signal);
        let mut next = wait(&semaphore);
        panics_now.set(true);
        {
            let _doing = doing("polling a signal that panics");
            let panicked = panics(|| drop(panicking.poll()));
            assert!(panicked, "the signal panics, but `acquire_until` does not pass the panic on");
            drop(panicking);
        }
        drop_permit(permit);
        ready(&mut next, "the next waiter (the signal of the one in front of it panicked)");
    });
}
