//! A permit that is dropped while another thread drops one is not given back, for want of the lock.
//! Caught by: `permits_dropped_together_all_come_back`
//!
//! Two permits, two threads that drop one each at the same time: one has the receiver locked, the other
//! gives up, and a slot is taken for good.

use std::future::poll_fn;
use std::pin::pin;
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
        if let Ok(mut taken) = self.semaphore.taken.try_lock() {
            let _ = taken.try_recv();
        }
    }
}
