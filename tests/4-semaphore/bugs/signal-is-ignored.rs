//! `acquire_until` takes no notice of the signal.
//! Caught by: `the_signal_ends_the_wait`
//!
//! One permit, held; `acquire_until` with a signal that has come already: it waits for the permit.

use std::sync::PoisonError;

use crate::sync::{Mutex, mpsc};

/// A semaphore as in Go: a channel with room for as many messages as there are permits.
///
/// Whoever sends holds a permit; to give it back is to receive.
pub struct Semaphore {
    slots: mpsc::Sender<()>,
    taken: Mutex<mpsc::Receiver<()>>,
}

pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        // A channel has room for one message at least; for no permits, that one is taken for good.
        let (slots, taken) = mpsc::channel(permits.max(1));
        if permits == 0 {
            let _ = slots.try_send(());
        }
        Semaphore { slots, taken: Mutex::new(taken) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        // It cannot be closed: the receiver lives as long as the semaphore.
        let _ = self.slots.send(()).await;
        Permit { semaphore: self }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.slots.try_send(()).ok()?;
        Some(Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, _cancelled: C) -> Result<Permit<'_>, Cancelled> {
        Ok(self.acquire().await)
    }

    pub fn available_permits(&self) -> usize {
        self.slots.capacity()
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let taken = self.semaphore.taken.lock();
        let _ = taken.unwrap_or_else(PoisonError::into_inner).try_recv();
    }
}
