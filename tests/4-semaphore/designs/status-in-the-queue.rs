//! A chosen waiter stays in the queue, marked, until it is polled or dropped. A permit that comes back goes to the first
//! waiter that is not marked yet.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

/// A counting semaphore for tasks: first come, first served.
pub struct Semaphore {
    inner: Mutex<Inner>,
}

struct Inner {
    /// Permits that are neither held nor handed to a waiter.
    free: usize,
    last_id: u64,
    waiters: VecDeque<Waiter>,
}

struct Waiter {
    id: u64,
    status: Status,
}

enum Status {
    Waiting(Waker),
    Chosen,
}

/// A permit; dropping it gives it back.
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

impl Inner {
    /// Hands one permit to the first waiter without one, and returns its waker.
    fn hand_out(&mut self) -> Option<Waker> {
        for waiter in &mut self.waiters {
            if let Status::Waiting(_) = waiter.status
                && let Status::Waiting(waker) = mem::replace(&mut waiter.status, Status::Chosen)
            {
                return Some(waker);
            }
        }
        self.free += 1;
        None
    }

    fn index_of(&self, id: u64) -> Option<usize> {
        self.waiters.iter().position(|waiter| waiter.id == id)
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore {
            inner: Mutex::new(Inner { free: permits, last_id: 0, waiters: VecDeque::new() }),
        }
    }

    /// Waits for a permit.
    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {
        Acquire::new(self)
    }

    /// Takes a permit if one is free.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut inner = self.lock();
        if inner.free == 0 {
            return None;
        }
        inner.free -= 1;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub fn acquire_until<C: Future>(
        &self,
        cancelled: C,
    ) -> impl Future<Output = Result<Permit<'_>, Cancelled>> {
        AcquireUntil { acquire: Some(Acquire::new(self)), cancelled: Box::pin(cancelled) }
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.lock().free
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn release(&self) {
        let waker = self.lock().hand_out();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    /// Zero before it joins the queue, and once it has left.
    id: u64,
}

impl<'a> Acquire<'a> {
    fn new(semaphore: &'a Semaphore) -> Self {
        Acquire { semaphore, id: 0 }
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        // Outlives the guard: a waker that is replaced may use the semaphore when it is dropped.
        let mut new_waker = cx.waker().clone();
        let mut inner = semaphore.lock();
        if let Some(index) = inner.index_of(self.id) {
            match &mut inner.waiters[index].status {
                Status::Waiting(waker) => {
                    mem::swap(waker, &mut new_waker);
                    return Poll::Pending;
                }
                Status::Chosen => {
                    inner.waiters.remove(index);
                    self.id = 0;
                }
            }
        } else if inner.free > 0 {
            inner.free -= 1;
        } else {
            inner.last_id += 1;
            self.id = inner.last_id;
            inner.waiters.push_back(Waiter { id: self.id, status: Status::Waiting(new_waker) });
            return Poll::Pending;
        }
        Poll::Ready(Permit { semaphore })
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let mut inner = self.semaphore.lock();
        let Some(index) = inner.index_of(self.id) else {
            return;
        };
        let waiter = inner.waiters.remove(index);
        drop(inner);
        if let Some(Status::Chosen) = waiter.map(|waiter| waiter.status) {
            self.semaphore.release();
        }
    }
}

struct AcquireUntil<'a, C> {
    /// `None` once it has ended.
    acquire: Option<Acquire<'a>>,
    cancelled: Pin<Box<C>>,
}

impl<'a, C: Future> Future for AcquireUntil<'a, C> {
    type Output = Result<Permit<'a>, Cancelled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Taken out while the signal is polled: if the signal panics, the place in the queue is given up.
        let mut acquire = self.acquire.take().expect("polled after it has ended");
        if let Poll::Ready(permit) = Pin::new(&mut acquire).poll(cx) {
            return Poll::Ready(Ok(permit));
        }
        if self.cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Cancelled));
        }
        self.acquire = Some(acquire);
        Poll::Pending
    }
}
