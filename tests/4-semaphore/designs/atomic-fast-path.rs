//! As long as nobody waits, a permit is taken and given back by one exchange on an atomic. Only waiters take the lock.
//!
//! `state` is twice the number of free permits, or `WAITING` if the queue is not empty: then no permit is free, and each
//! one that is given back goes through the queue. `state` changes to `WAITING`, or from it, only under the queue's lock.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Mutex, MutexGuard};

const WAITING: usize = 1;
const ONE: usize = 2;

/// A counting semaphore for tasks: first come, first served.
pub struct Semaphore {
    state: AtomicUsize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    joined: u64,
    /// Sorted by id. A waiter that is no longer in here was handed a permit.
    waiters: VecDeque<(u64, Waker)>,
}

impl Queue {
    fn position(&self, id: u64) -> Option<usize> {
        self.waiters.binary_search_by_key(&id, |&(id, _)| id).ok()
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        assert!(permits <= usize::MAX / ONE, "too many permits");
        Self { state: AtomicUsize::new(permits * ONE), queue: Mutex::default() }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        let mut waiter = Waiter::new(self);
        poll_fn(|cx| waiter.poll_permit(cx)).await
    }

    /// Takes a permit if one is free and nobody waits for it.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.exchange(0).then(|| Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut cancelled = pin!(cancelled);
        let mut waiter = Waiter::new(self);
        poll_fn(|cx| match waiter.poll_permit(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.state.load(Acquire) / ONE
    }

    /// Takes a permit, or else sets the bits of `mark`. Where nothing changes an exchange is still needed: a load could
    /// return an old value and miss a permit that was already given back.
    fn exchange(&self, mark: usize) -> bool {
        let mut state = self.state.load(Relaxed);
        loop {
            let (taken, next) = match state.checked_sub(ONE) {
                Some(rest) => (true, rest),
                None => (false, state | mark),
            };
            match self.state.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) => return taken,
                Err(newer) => state = newer,
            }
        }
    }

    fn give_back(&self) {
        let mut state = self.state.load(Relaxed);
        while state != WAITING {
            match self.state.compare_exchange_weak(state, state + ONE, Release, Relaxed) {
                Ok(_) => return,
                Err(newer) => state = newer,
            }
        }
        self.hand_over(self.queue());
    }

    /// Gives a permit to the first in the queue, or frees it if nobody waits any more.
    fn hand_over(&self, mut queue: MutexGuard<'_, Queue>) {
        match queue.waiters.pop_front() {
            Some((_id, waker)) => {
                self.unmark_if_empty(&queue);
                drop(queue);
                waker.wake();
            }
            None => {
                self.state.fetch_add(ONE, Release);
            }
        }
    }

    fn unmark_if_empty(&self, queue: &Queue) {
        if queue.waiters.is_empty() {
            self.state.fetch_and(!WAITING, Relaxed);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap()
    }
}

/// One of the semaphore's permits, given back when it is dropped.
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.give_back();
    }
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

struct Waiter<'a> {
    semaphore: &'a Semaphore,
    /// Set while it waits, until it takes the permit that it was handed.
    id: Option<u64>,
}

impl<'a> Waiter<'a> {
    fn new(semaphore: &'a Semaphore) -> Self {
        Waiter { semaphore, id: None }
    }

    fn poll_permit(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let Some(id) = self.id else {
            return match semaphore.exchange(0) {
                true => Poll::Ready(Permit { semaphore }),
                false => self.join(cx),
            };
        };
        // Declared before the guard: the waker that is replaced is dropped after the lock is released.
        let mut waker = cx.waker().clone();
        let mut queue = semaphore.queue();
        if let Some(position) = queue.position(id) {
            mem::swap(&mut queue.waiters[position].1, &mut waker);
            return Poll::Pending;
        }
        drop(queue);
        self.id = None;
        Poll::Ready(Permit { semaphore })
    }

    fn join(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let waker = cx.waker().clone();
        let mut queue = self.semaphore.queue();
        if self.semaphore.exchange(WAITING) {
            return Poll::Ready(Permit { semaphore: self.semaphore });
        }
        let id = queue.joined;
        queue.joined += 1;
        queue.waiters.push_back((id, waker));
        self.id = Some(id);
        Poll::Pending
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let mut queue = self.semaphore.queue();
        match queue.position(id) {
            Some(position) => {
                let left = queue.waiters.remove(position);
                self.semaphore.unmark_if_empty(&queue);
                drop(queue);
                drop(left);
            }
            None => self.semaphore.hand_over(queue),
        }
    }
}
