//! `available_permits` is a counter of its own beside the channel, changed after each send and receive.
//! Caught by: `a_promised_permit_is_not_free`
//!
//! One permit, held; A waits; the permit is dropped and its slot promised to A: the counter says 1, and
//! `try_acquire` gives `None`. Between threads it can even go below zero.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::Poll;

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, mpsc};

/// A semaphore as in Go: a channel with room for as many messages as there are permits.
///
/// Whoever sends holds a permit; to give it back is to receive.
pub struct Semaphore {
    slots: mpsc::Sender<()>,
    taken: Mutex<mpsc::Receiver<()>>,
    available: AtomicUsize,
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
        Semaphore { slots, taken: Mutex::new(taken), available: AtomicUsize::new(permits) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        // It cannot be closed: the receiver lives as long as the semaphore.
        let _ = self.slots.send(()).await;
        self.available.fetch_sub(1, Ordering::AcqRel);
        Permit { semaphore: self }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.slots.try_send(()).ok()?;
        self.available.fetch_sub(1, Ordering::AcqRel);
        Some(Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| match acquire.as_mut().poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        self.available.load(Ordering::Acquire)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let taken = self.semaphore.taken.lock();
        let _ = taken.unwrap_or_else(PoisonError::into_inner).try_recv();
        self.semaphore.available.fetch_add(1, Ordering::AcqRel);
    }
}
