//! Which waker is woken, and what it may do.

use std::future::{Future, pending};
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use harness::{Polling, doing};
use semaphore::Semaphore;

use super::{drop_permit, drop_waiter, take, wait, wait_until};
use crate::checks::check;

#[test]
fn a_waiter_does_not_wake_itself() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let _permit = take(&semaphore);
        let mut acquire = wait(&semaphore);
        let mut acquire_until = wait_until(&semaphore, pending::<()>());
        for _ in 0..2 {
            assert!(
                !acquire.was_woken() && !acquire_until.was_woken(),
                "no permit came back, but a waiter was woken: it should sleep, not poll again and \
                 again"
            );
            let pending = acquire.poll().is_pending() && acquire_until.poll().is_pending();
            assert!(pending, "no permit is free, but a waiter is ready");
        }
    });
}

#[test]
fn the_latest_waker_is_woken() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        let pending = waiter.poll_with_new_waker().is_pending();
        assert!(pending, "no permit is free, but a waiter that is polled again is ready");
        drop_permit(permit);
        assert!(
            waiter.was_woken(),
            "a waiter was polled with one waker and then with another, and a permit was dropped, \
             but the latest waker was not woken"
        );
    });
}

/// Uses the semaphore as a waker may: it calls `try_acquire` and `available_permits` and polls an
/// `acquire`. What it gets hold of it keeps, since a waker need not be able to drop a permit.
fn use_semaphore(semaphore: &'static Semaphore) {
    let tried = semaphore.try_acquire();
    let mut acquire = Box::pin(semaphore.acquire());
    let polled = acquire.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    semaphore.available_permits();
    mem::forget((tried, polled, acquire));
}

fn leaked(permits: usize) -> &'static Semaphore {
    Box::leak(Box::new(Semaphore::new(permits)))
}

/// A waker that uses the semaphore while it is woken.
struct UsesWhenWoken {
    semaphore: &'static Semaphore,
    woken: AtomicBool,
}

impl UsesWhenWoken {
    fn new(semaphore: &'static Semaphore) -> Arc<Self> {
        Arc::new(Self { semaphore, woken: AtomicBool::new(false) })
    }
}

impl Wake for UsesWhenWoken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let _doing = doing("waking a waker that uses the semaphore inside `wake`");
        use_semaphore(self.semaphore);
        self.woken.store(true, SeqCst);
    }
}

#[test]
fn a_waker_may_use_the_semaphore() {
    check(|| {
        // Woken by a permit that is dropped.
        let semaphore = leaked(1);
        let permit = take(semaphore);
        let waker = UsesWhenWoken::new(semaphore);
        let mut waiter = Polling::new(semaphore.acquire());
        assert!(
            waiter.poll_with(&waker.clone().into()).is_pending(),
            "no permit is free, but `acquire` is ready"
        );
        drop_permit(permit);
        assert!(waker.woken.load(SeqCst), "a permit was dropped, but the waiter was not woken");

        // Woken by a waiter that is dropped after it was promised a permit.
        let semaphore = leaked(1);
        let permit = take(semaphore);
        let first = wait(semaphore);
        let waker = UsesWhenWoken::new(semaphore);
        let mut second = Polling::new(semaphore.acquire());
        assert!(
            second.poll_with(&waker.clone().into()).is_pending(),
            "no permit is free, but `acquire` is ready"
        );
        drop_permit(permit);
        drop_waiter(first);
        assert!(
            waker.woken.load(SeqCst),
            "a waiter was dropped after a permit was promised to it, but the next was not woken"
        );
    });
}

/// A waker that uses the semaphore when the last clone of it is dropped.
struct UsesWhenDropped {
    semaphore: &'static Semaphore,
    of: &'static str,
    /// Keeps what was woken, so that it is not dropped where it is woken: that is the matter of
    /// another check.
    woken: &'static Mutex<Vec<Arc<Self>>>,
}

impl Wake for UsesWhenDropped {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().push(self);
    }
}

impl Drop for UsesWhenDropped {
    fn drop(&mut self) {
        let _doing = doing(format!(
            "dropping the waker of {}: a waker may use the semaphore when it is dropped",
            self.of
        ));
        use_semaphore(self.semaphore);
    }
}

#[test]
fn a_dropped_waker_may_use_the_semaphore() {
    check(|| {
        let woken: &'static Mutex<Vec<_>> = Box::leak(Box::default());
        let drop_permit = |permit| {
            drop_permit(permit);
            drop(mem::take(&mut *woken.lock().unwrap()));
        };
        // A waiter whose waker uses the semaphore when the semaphore drops its clone.
        let waiter = |semaphore: &'static Semaphore, of| {
            let mut waiter = Polling::new(semaphore.acquire());
            let waker = Waker::from(Arc::new(UsesWhenDropped { semaphore, of, woken }));
            let pending = waiter.poll_with(&waker).is_pending();
            assert!(pending, "no permit is free, but `acquire` is ready");
            waiter
        };

        let semaphore = leaked(1);
        let _permit = take(semaphore);
        let mut polled_again = waiter(semaphore, "a waiter that is polled again");
        assert!(polled_again.poll().is_pending(), "no permit is free, but a waiter is ready");

        let semaphore = leaked(1);
        let _permit = take(semaphore);
        drop(waiter(semaphore, "a waiter that is dropped"));

        let semaphore = leaked(1);
        let permit = take(semaphore);
        let mut served = waiter(semaphore, "a waiter that gets a permit");
        drop_permit(permit);
        let _permit = served.poll();

        let semaphore = leaked(1);
        let permit = take(semaphore);
        let promised = waiter(semaphore, "a waiter that is dropped with a permit promised to it");
        drop_permit(permit);
        drop(promised);
    });
}
