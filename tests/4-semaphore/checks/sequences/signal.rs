//! The signals of `acquire_until`: what they note, and what they do when they are polled.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use semaphore::Semaphore;

use super::events::Signal;

/// The state of a signal.
pub struct Flag {
    pub kind: Signal,
    pub is_there: bool,
    pub has_completed: bool,
    pub polled_again: bool,
    pub got_a_permit: bool,
    pub waker: Option<Waker>,
}

/// A signal that completes when its flag says so.
pub struct WaitForFlag(pub Arc<Mutex<Flag>>, pub &'static Semaphore);

impl Flag {
    pub fn new(kind: Signal) -> Self {
        Self {
            kind,
            is_there: kind == Signal::IsThere,
            has_completed: false,
            polled_again: false,
            got_a_permit: false,
            waker: None,
        }
    }
}

impl Future for WaitForFlag {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let kind = lock(&self.0).kind;
        if kind == Signal::Asks {
            self.1.available_permits();
            let permit = self.1.try_acquire();
            lock(&self.0).got_a_permit |= permit.is_some();
        }
        let mut flag = lock(&self.0);
        flag.polled_again |= flag.has_completed;
        if !flag.is_there {
            let old = flag.waker.replace(context.waker().clone());
            drop(flag);
            drop(old);
            return Poll::Pending;
        }
        flag.has_completed = true;
        drop(flag);
        if kind == Signal::Panics {
            // The panic hook, which reports panics as failures, does not see this one.
            resume_unwind(Box::new("the signal"));
        }
        Poll::Ready(())
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A signal may panic while its task is polled.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
