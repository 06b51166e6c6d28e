//! What the semaphore does on one thread, poll by poll.
//!
//! Futures are polled by hand and outside of a tokio task: in a task, tokio's cooperative budget
//! can make a channel pending although it has room.

mod cancelling;
mod counting;
mod handing_over;
mod order;
mod signals;
mod tasks;
mod wakers;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::task::Poll;

use harness::{Polling, doing};
use semaphore::{Cancelled, Permit, Semaphore};

/// Takes a permit that is free.
#[track_caller]
fn take(semaphore: &Semaphore) -> Permit<'_> {
    let _doing = doing("polling an `acquire` when a permit is free");
    match Polling::new(semaphore.acquire()).poll() {
        Poll::Ready(permit) => permit,
        Poll::Pending => panic!("a permit is free, but the first poll of `acquire` is pending"),
    }
}

/// An `acquire` that was polled when no permit was free.
#[track_caller]
fn wait(semaphore: &Semaphore) -> Polling<'_, Permit<'_>> {
    let _doing = doing("polling an `acquire` when no permit is free");
    let mut acquire = Polling::new(semaphore.acquire());
    assert!(acquire.poll().is_pending(), "no permit is free, but `acquire` is ready");
    acquire
}

/// An `acquire_until` that was polled when neither a permit nor the signal was there.
#[track_caller]
fn wait_until<'a, C: Future + 'a>(
    semaphore: &'a Semaphore,
    signal: C,
) -> Polling<'a, Result<Permit<'a>, Cancelled>> {
    let _doing = doing("polling an `acquire_until` when no permit is free");
    let mut acquire = Polling::new(semaphore.acquire_until(signal));
    assert!(
        acquire.poll().is_pending(),
        "no permit is free and the signal is pending, but `acquire_until` is ready"
    );
    acquire
}

/// The output of a waiter that was promised a permit.
#[track_caller]
fn ready<T>(waiter: &mut Polling<'_, T>, who: &str) -> T {
    assert!(waiter.was_woken(), "a permit is there for {who}, but it was not woken");
    let _doing = doing("polling a waiter that was woken");
    match waiter.poll() {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a permit is there for {who} and it was woken, but it is pending"),
    }
}

fn drop_permit(permit: Permit<'_>) {
    let _doing = doing("dropping a permit");
    drop(permit);
}

fn drop_waiter<T>(waiter: T) {
    let _doing = doing("dropping an `acquire` that was waiting");
    drop(waiter);
}

#[track_caller]
fn assert_cancelled(poll: Poll<Result<Permit<'_>, Cancelled>>) {
    assert!(
        matches!(poll, Poll::Ready(Err(Cancelled))),
        "the signal is ready and no permit is free, but `acquire_until` does not return `Cancelled`"
    );
}

#[track_caller]
fn assert_free(semaphore: &Semaphore, expected: usize, when: &str) {
    let _doing = doing("calling `available_permits`");
    let counted = semaphore.available_permits();
    assert!(
        counted == expected,
        "{when}, `available_permits` should be {expected}, but it is {counted}"
    );
}

/// A signal that the check makes ready.
#[derive(Default)]
struct Signal(Cell<bool>);

impl Signal {
    fn give(&self) {
        self.0.set(true);
    }

    fn given(&self) -> impl Future<Output = ()> {
        poll_fn(|_| if self.0.get() { Poll::Ready(()) } else { Poll::Pending })
    }
}
