//! A counting semaphore for tasks: first come, first served.
//!
//! Go's idiom is a buffered channel, where a send takes a slot and a receive
//! frees one. Build it that way, or from a `Mutex` and a queue of wakers; take
//! the primitives from `crate::sync`, and futures and wakers from `std`.

use std::future::Future;

/// A number of permits that tasks take and give back.
pub struct Semaphore {}

/// A permit that is held; dropping it gives it back.
pub struct Permit<'a> {
    _semaphore: &'a Semaphore,
}

/// The signal came before a permit did.
pub struct Cancelled;

impl Semaphore {
    /// Makes a semaphore with this many free permits: none, one, or as many as
    /// `usize::MAX >> 3`.
    pub fn new(permits: usize) -> Self {
        todo!("start with {permits} free permits")
    }

    /// Waits for a permit.
    ///
    /// Who polls first, is served first. An `acquire` that is dropped loses
    /// nothing: what it was promised goes to the next in the queue.
    pub async fn acquire(&self) -> Permit<'_> {
        todo!("wait for a permit")
    }

    /// Takes a permit if one is free now, and overtakes nobody who waits.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        todo!("take a free permit, or none")
    }

    /// Waits for a permit until `cancelled` completes, whichever comes first.
    ///
    /// If both are there when this is polled, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        drop(cancelled);
        todo!("wait for a permit or the signal")
    }

    /// How many permits `try_acquire` could take now: free, and promised to
    /// nobody who waits.
    pub fn available_permits(&self) -> usize {
        todo!("count the free permits")
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        todo!("give the permit to the first who waits, or back")
    }
}
