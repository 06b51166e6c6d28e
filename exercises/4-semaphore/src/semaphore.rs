//! A counting semaphore for tasks: first come, first served.
//!
//! Go's idiom is a buffered channel, where a send takes a slot and a receive
//! frees one. Build it that way, or from a `Mutex` and a queue of wakers. Take
//! the primitives from `crate::sync`, and futures and wakers from `std`.
//!
//! Tasks wait here, not threads: a poll that finds no permit stores its waker and
//! returns `Poll::Pending`. It never blocks.

use std::future::Future;

/// A number of permits that tasks take and give back.
pub struct Semaphore {}

/// A permit that is held. Dropping it gives it back.
pub struct Permit<'a> {
    _semaphore: &'a Semaphore,
}

/// The signal was ready before a permit was.
pub struct Cancelled;

impl Semaphore {
    /// Makes a semaphore with this many free permits, from none to
    /// `usize::MAX >> 3`.
    pub fn new(permits: usize) -> Self {
        todo!("start with {permits} free permits")
    }

    /// Waits for a permit.
    ///
    /// Waiters are served in the order of their first polls. If the future is
    /// dropped, its place in the queue, or the permit that was promised to it, goes
    /// to the next waiter.
    pub async fn acquire(&self) -> Permit<'_> {
        todo!("wait for a permit")
    }

    /// Takes a permit if one is free now and promised to no waiter.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        todo!("take a free permit, if there is one")
    }

    /// Waits for a permit until `cancelled` completes, whichever comes first.
    ///
    /// If both are ready at the same poll, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        drop(cancelled);
        todo!("wait for a permit or the signal")
    }

    /// How many permits `try_acquire` could take now: those that are free and
    /// promised to no waiter.
    pub fn available_permits(&self) -> usize {
        todo!("count the free permits")
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        todo!("give the permit to the first waiter, or add it to the free ones")
    }
}
