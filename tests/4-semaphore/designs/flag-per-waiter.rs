//! Free permits are an atomic count, so taking one needs no lock. Only giving back and waiting lock the queue. Each
//! waiter shares with the queue a flag that says whether it was granted a permit, and a waker behind a lock of its own.
//!
//! A waiter that is polled again stores its waker first and looks at the flag after. The other way round, a grant between
//! the two would wake the old waker, and the new one would never be woken.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex};

/// A counting semaphore whose free permits are taken without a lock.
pub struct Semaphore {
    /// Zero whenever somebody waits.
    permits: AtomicUsize,
    queue: Mutex<VecDeque<Arc<Waiter>>>,
}

struct Waiter {
    /// Set under the queue's lock, when the waiter leaves the queue.
    granted: AtomicBool,
    waker: Mutex<Waker>,
}

/// A permit; dropping it gives it back.
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Self { permits: AtomicUsize::new(permits), queue: Mutex::new(VecDeque::new()) }
    }

    /// Waits for a permit.
    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {
        Acquire { semaphore: self, waiter: None }
    }

    /// Takes a permit if one is free.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        if self.take() { Some(Permit { semaphore: self }) } else { None }
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| {
            if let Poll::Ready(permit) = acquire.as_mut().poll(cx) {
                return Poll::Ready(Ok(permit));
            }
            match cancelled.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready(Err(Cancelled)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.permits.load(Ordering::Acquire)
    }

    fn take(&self) -> bool {
        let mut permits = self.permits.load(Ordering::Acquire);
        while permits > 0 {
            match self.permits.compare_exchange(
                permits,
                permits - 1,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return true,
                Err(now) => permits = now,
            }
        }
        false
    }

    fn release(&self) {
        let mut queue = self.queue.lock().unwrap();
        let Some(waiter) = queue.pop_front() else {
            self.permits.fetch_add(1, Ordering::Release);
            return;
        };
        waiter.granted.store(true, Ordering::Release);
        drop(queue);
        let waker = waiter.waker.lock().unwrap().clone();
        waker.wake();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    waiter: Option<Arc<Waiter>>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let semaphore = self.semaphore;
        if let Some(waiter) = &self.waiter {
            waiter.store(cx.waker().clone());
            if !waiter.granted.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            self.waiter = None;
            return Poll::Ready(Permit { semaphore });
        }
        if semaphore.take() {
            return Poll::Ready(Permit { semaphore });
        }
        let waiter = Arc::new(Waiter {
            granted: AtomicBool::new(false),
            waker: Mutex::new(cx.waker().clone()),
        });
        let mut queue = semaphore.queue.lock().unwrap();
        // A permit may have come back before the queue was locked.
        if semaphore.take() {
            return Poll::Ready(Permit { semaphore });
        }
        queue.push_back(waiter.clone());
        self.waiter = Some(waiter);
        Poll::Pending
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(waiter) = self.waiter.take() else {
            return;
        };
        let mut queue = self.semaphore.queue.lock().unwrap();
        if waiter.granted.load(Ordering::Acquire) {
            drop(queue);
            self.semaphore.release();
        } else {
            queue.retain(|other| !Arc::ptr_eq(other, &waiter));
        }
    }
}

impl Waiter {
    fn store(&self, waker: Waker) {
        // The old waker is dropped after the lock is released: it may use the semaphore.
        let _old = mem::replace(&mut *self.waker.lock().unwrap(), waker);
    }
}
