//! A bounded channel as the semaphore, the idiom of the Go guide: a send takes a slot, a receive frees one.
//!
//! The channel queues its senders, hands a freed slot to the first of them, and passes it on if that one is dropped. So
//! `acquire` is no more than a `send`.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::Poll;

use crate::sync::Mutex;
use crate::sync::mpsc::{self, Receiver, Sender};

const OPEN: &str = "the semaphore owns both ends of its channel";

/// A counting semaphore for tasks: first come, first served.
#[derive(Debug)]
pub struct Semaphore {
    slots: Sender<()>,
    /// `try_recv` takes `&mut self`, hence the lock.
    ///
    /// A receive wakes a sender while the lock is held. A waker may use the semaphore all the same: to acquire and to
    /// count need the sender only.
    taken: Mutex<Receiver<()>>,
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let (slots, taken) = mpsc::channel(permits.max(1));
        if permits == 0 {
            // A channel has at least one slot: fill it, and never receive.
            slots.try_send(()).expect(OPEN);
        }
        Self { slots, taken: Mutex::new(taken) }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        self.slots.send(()).await.expect(OPEN);
        Permit { semaphore: self }
    }

    /// Takes a permit if one is free and nobody waits for it.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.slots.try_send(()).ok()?;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| {
            if let Poll::Ready(permit) = acquire.as_mut().poll(cx) {
                return Poll::Ready(Ok(permit));
            }
            cancelled.as_mut().poll(cx).map(|_| Err(Cancelled))
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.slots.capacity()
    }
}

/// One of the semaphore's permits, given back when it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut taken = self.semaphore.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Perhaps another permit's message, but there is one for each permit.
        taken.try_recv().ok();
    }
}

/// The signal came before a permit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cancelled while waiting for a permit")
    }
}

impl std::error::Error for Cancelled {}
