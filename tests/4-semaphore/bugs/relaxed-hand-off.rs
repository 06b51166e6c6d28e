//! A permit is handed to a waiter with a `Relaxed` store, and looked for with a `Relaxed` load.
//! Caught by: `what_was_written_is_visible_to_the_next`
//!
//! One thread writes data under the permit and drops it; the waiter is polled between the store and the
//! wake: it takes the permit, and nothing orders its read after the write.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex};

/// A counting semaphore whose permits are taken without a lock while nobody waits.
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

pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Self { permits: AtomicUsize::new(permits), queue: Mutex::new(VecDeque::new()) }
    }

    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {
        Acquire { semaphore: self, waiter: None }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        if self.take() { Some(Permit { semaphore: self }) } else { None }
    }

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
        waiter.granted.store(true, Ordering::Relaxed);
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
            waiter.waker.lock().unwrap().clone_from(cx.waker());
            if !waiter.granted.load(Ordering::Relaxed) {
                return Poll::Pending;
            }
            self.waiter = None;
            return Poll::Ready(Permit { semaphore });
        }
        if semaphore.take() {
            return Poll::Ready(Permit { semaphore });
        }
        let mut queue = semaphore.queue.lock().unwrap();
        // A permit may have come back before the queue was locked.
        if semaphore.take() {
            return Poll::Ready(Permit { semaphore });
        }
        let waiter = Arc::new(Waiter {
            granted: AtomicBool::new(false),
            waker: Mutex::new(cx.waker().clone()),
        });
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
        if waiter.granted.load(Ordering::Relaxed) {
            drop(queue);
            self.semaphore.release();
        } else {
            queue.retain(|other| !Arc::ptr_eq(other, &waiter));
        }
    }
}
