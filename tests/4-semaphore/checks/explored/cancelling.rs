//! Waiters that are dropped or cancelled while a permit comes back.

use std::future::poll_fn;
use std::task::Poll;

use explorer::sync::Arc;
use explorer::sync::atomic::{AtomicBool, Ordering};
use explorer::task::Task;
use explorer::{note, thread};

use super::{
    ALL, MOST_PREEMPTIONS, acquire, acquire_and_cancel, assert_all_back, drop_permit, explore,
};
use crate::instrumented::{Cancelled, Semaphore};

#[test]
fn a_dropped_waiter_loses_no_permit() {
    let text = "a task drops the only permit while another waits for it and drops its acquire";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let other = thread::spawn("cancelled task", {
            let semaphore = semaphore.clone();
            move || acquire_and_cancel(&semaphore)
        });
        drop_permit(permit);
        other.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn a_dropped_waiter_passes_its_permit_on() {
    let text = "a task drops the only permit while two others wait for it; one of them drops its \
                acquire, and the other goes on waiting";
    explore(text, MOST_PREEMPTIONS, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let cancelled = thread::spawn("cancelled task", {
            let semaphore = semaphore.clone();
            move || acquire_and_cancel(&semaphore)
        });
        let waiting = thread::spawn("waiting task", {
            let semaphore = semaphore.clone();
            move || drop_permit(acquire(&semaphore))
        });
        drop_permit(permit);
        cancelled.join();
        waiting.join();
    });
}

#[test]
fn a_signal_that_meets_a_permit_loses_nothing() {
    let text = "a task drops the only permit and then gives the signal to the task that waits";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let signal = Arc::new(AtomicBool::new(false));
        let permit = acquire(&semaphore);
        let waiter = thread::spawn("waiting task", {
            let (semaphore, signal) = (semaphore.clone(), signal.clone());
            move || {
                let cancelled = poll_fn(|_| match signal.load(Ordering::Acquire) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                });
                let task = Task::new();
                let mut acquire = Box::pin(semaphore.acquire_until(cancelled));
                note("calls acquire_until");
                match task.block_on(acquire.as_mut()) {
                    Ok(permit) => drop_permit(permit),
                    Err(Cancelled) => note("is cancelled"),
                }
                note("drops the acquire_until");
                drop(acquire);
            }
        });
        drop_permit(permit);
        note("gives the signal");
        signal.store(true, Ordering::Release);
        waiter.join();
        assert_all_back(&semaphore, 1);
    });
}
