//! A queue sorted by ticket, in which a waiter finds its place by binary search.
//!
//! One mutex guards a count of free permits and a queue of wakers. A permit that
//! comes back while tasks wait is *handed over*: it goes straight to the first in
//! the queue and never becomes free, so nobody can take it in between. Everything
//! else rests on this invariant: while anyone waits, no permit is free.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard, PoisonError};

/// A number of permits that tasks take and give back.
#[derive(Debug)]
pub struct Semaphore {
    state: Mutex<State>,
}

/// A permit that is held; dropping it gives it back.
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

#[derive(Debug)]
struct State {
    free: usize,
    /// Sorted by ticket, since tickets only grow. A waiter whose ticket is no
    /// longer in here was handed a permit.
    queue: VecDeque<Waiter>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    waker: Waker,
}

impl Semaphore {
    /// Makes a semaphore with this many free permits.
    pub fn new(permits: usize) -> Self {
        let state = State { free: permits, queue: VecDeque::new(), next_ticket: 0 };
        Self { state: Mutex::new(state) }
    }

    /// Waits for a permit.
    ///
    /// Cancel-safe: dropping the future gives up the place in the queue, or passes
    /// on the permit that it was handed.
    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, ticket: None }.await
    }

    /// Takes a permit if one is free now.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut state = self.lock();
        state.free = state.free.checked_sub(1)?;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes, whichever comes first.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| match acquire.as_mut().poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.lock().free
    }

    fn release(&self) {
        let mut state = self.lock();
        let next = state.queue.pop_front();
        if next.is_none() {
            state.free += 1;
        }
        drop(state);
        // Not under the lock: a waker may use this semaphore.
        if let Some(waiter) = next {
            waiter.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Only cloning a waker can panic under the lock, and that leaves the state
        // as it was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    /// `None` before the first poll, and once the permit is taken.
    ticket: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let mut state = semaphore.lock();
        match self.ticket {
            None if state.free > 0 => state.free -= 1,
            None => {
                self.ticket = Some(state.join(cx.waker()));
                return Poll::Pending;
            }
            Some(ticket) => {
                if let Ok(place) = state.place_of(ticket) {
                    let waker = &mut state.queue[place].waker;
                    let stale = mem::replace(waker, cx.waker().clone());
                    // Not under the lock: dropping the last waker of a task may drop
                    // the task, and with it a future of this semaphore.
                    drop(state);
                    drop(stale);
                    return Poll::Pending;
                }
                self.ticket = None;
            }
        }
        Poll::Ready(Permit { semaphore })
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.semaphore.lock();
        match state.place_of(ticket) {
            Ok(place) => {
                let waiter = state.queue.remove(place);
                drop(state);
                drop(waiter);
            }
            // It was handed a permit that it will not take: the next one gets it.
            Err(_) => {
                drop(state);
                self.semaphore.release();
            }
        }
    }
}

impl State {
    fn join(&mut self, waker: &Waker) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.queue.push_back(Waiter { ticket, waker: waker.clone() });
        ticket
    }

    fn place_of(&self, ticket: u64) -> Result<usize, usize> {
        self.queue.binary_search_by_key(&ticket, |waiter| waiter.ticket)
    }
}
