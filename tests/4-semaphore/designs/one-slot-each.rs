//! Each waiter shares a slot with the queue: a release marks the slot as chosen, and the waiter's future reads it.
//!
//! Locks are always taken in the same order: the queue's, then a slot's. A waiter that is polled again locks only its slot.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::sync::{Arc, Mutex, MutexGuard};

/// A counting semaphore for tasks: first come, first served.
#[derive(Debug)]
pub struct Semaphore {
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    /// Permits that are neither held nor promised.
    free: usize,
    queue: VecDeque<Arc<Mutex<Slot>>>,
}

#[derive(Debug)]
enum Slot {
    Waiting(Waker),
    Chosen,
}

impl Line {
    /// Promises one permit to the first in the queue. The caller wakes it after releasing the lock.
    fn hand_over(&mut self) -> Option<Waker> {
        let Some(first) = self.queue.pop_front() else {
            self.free += 1;
            return None;
        };
        match mem::replace(&mut *lock(&first), Slot::Chosen) {
            Slot::Waiting(waker) => Some(waker),
            Slot::Chosen => unreachable!("a chosen waiter has left the queue"),
        }
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore { line: Mutex::new(Line { free: permits, queue: VecDeque::new() }) }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, slot: None }.await
    }

    /// Takes a permit if one is free and nobody waits for it.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut line = lock(&self.line);
        if line.free == 0 {
            return None;
        }
        line.free -= 1;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        first_of(self.acquire(), cancelled).await.map_err(|_signal| Cancelled)
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        lock(&self.line).free
    }
}

/// One of the semaphore's permits, given back when it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let next = lock(&self.semaphore.line).hand_over();
        next.into_iter().for_each(Waker::wake);
    }
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    /// Shared with the queue, from the poll that joined the queue to the one that takes the permit.
    slot: Option<Arc<Mutex<Slot>>>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let this = self.get_mut();
        let semaphore = this.semaphore;
        let waker = cx.waker().clone();

        let Some(slot) = &this.slot else {
            let mut line = lock(&semaphore.line);
            if line.free > 0 {
                line.free -= 1;
                return Poll::Ready(Permit { semaphore });
            }
            let slot = Arc::new(Mutex::new(Slot::Waiting(waker)));
            line.queue.push_back(Arc::clone(&slot));
            this.slot = Some(slot);
            return Poll::Pending;
        };

        let mut guard = lock(slot);
        if let Slot::Waiting(registered) = &mut *guard {
            let replaced = mem::replace(registered, waker);
            drop(guard);
            drop(replaced);
            return Poll::Pending;
        }
        drop(guard);
        this.slot = None;
        Poll::Ready(Permit { semaphore })
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        let mut line = lock(&self.semaphore.line);
        let was_chosen = matches!(*lock(&slot), Slot::Chosen);
        let next = if was_chosen {
            line.hand_over()
        } else {
            line.queue.retain(|other| !Arc::ptr_eq(other, &slot));
            None
        };
        drop(line);
        next.into_iter().for_each(Waker::wake);
    }
}

/// Polls `a`, then `b`, and returns the first output; the other future is dropped.
async fn first_of<A: Future, B: Future>(a: A, b: B) -> Result<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|cx| match a.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => b.as_mut().poll(cx).map(Err),
    })
    .await
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
