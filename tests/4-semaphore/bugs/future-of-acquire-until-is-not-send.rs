//! `acquire_until` keeps an `Rc` while it waits, so its future is not `Send`.
//! Caught by: `permits_and_futures_are_send`
//!
//! `tokio::spawn(async move { semaphore.acquire_until(pending::<()>()).await; })` does not compile,
//! although the signal is `Send`. (All else works.)

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
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

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let is_cancelled = Rc::new(Cell::new(false));
        let mut signal = pin!({
            let is_cancelled = Rc::clone(&is_cancelled);
            async move {
                cancelled.await;
                is_cancelled.set(true);
            }
        });
        poll_fn(|cx| match acquire.as_mut().poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => {
                let _ = signal.as_mut().poll(cx);
                if is_cancelled.get() { Poll::Ready(Err(Cancelled)) } else { Poll::Pending }
            }
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
