//! `new(0)` panics, because there is no channel without room.
//! Caught by: `no_permits_are_no_permits`
//!
//! `new(0)`: "mpsc bounded channel requires buffer > 0".

use std::future::poll_fn;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::Poll;

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
        let (slots, taken) = mpsc::channel(permits);
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
        self.slots.capacity()
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let taken = self.semaphore.taken.lock();
        let _ = taken.unwrap_or_else(PoisonError::into_inner).try_recv();
    }
}
