//! The `poll_fn` of `acquire_until` owns the `acquire`, which therefore keeps its place after `Cancelled`.
//! Caught by: `a_cancelled_wait_gives_up_its_place`
//!
//! One permit, held; `acquire_until` waits, then B; the signal comes and the result is `Cancelled`;
//! while that future is still alive the permit is dropped: the slot goes to the finished future, not to
//! B.

use std::future::poll_fn;
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

    pub fn acquire_until<C: Future>(
        &self,
        cancelled: C,
    ) -> impl Future<Output = Result<Permit<'_>, Cancelled>> {
        let mut acquire = Box::pin(self.acquire());
        let mut cancelled = Box::pin(cancelled);
        poll_fn(move |cx| match acquire.as_mut().poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
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
