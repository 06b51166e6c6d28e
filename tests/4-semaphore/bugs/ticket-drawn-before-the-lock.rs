//! The ticket is drawn before the lock is taken, and looked up by binary search.
//! Caught by: `two_who_join_at_once_both_wait`
//!
//! Two join in the other order: one is not found, and believes that it was chosen.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering, PoisonError};

/// A number of permits that tasks take and give back.
#[derive(Debug)]
pub struct Semaphore {
    state: Mutex<State>,
    next_ticket: AtomicU64,
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
    /// In the order of their tickets, since tickets only grow. Whoever holds a
    /// ticket that is no longer in here has been handed a permit.
    queue: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    waker: Waker,
}

impl Semaphore {
    /// Makes a semaphore with this many free permits.
    pub fn new(permits: usize) -> Self {
        let state = State { free: permits, queue: VecDeque::new() };
        Self { state: Mutex::new(state), next_ticket: AtomicU64::new(0) }
    }

    /// Waits for a permit.
    ///
    /// Cancel-safe: dropping the future gives up the place in the queue, or passes
    /// on the permit that it had been handed.
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
        // Only now: a waker is foreign code, which may well use this semaphore.
        if let Some(waiter) = next {
            waiter.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Only the clone of a waker could panic under the lock, and it leaves the
        // state as it was.
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
    /// `None` before the first poll, and once the permit is in our hand.
    ticket: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let fresh = match self.ticket {
            None => semaphore.next_ticket.fetch_add(1, Ordering::Relaxed),
            Some(_) => 0,
        };
        let mut state = semaphore.lock();
        match self.ticket {
            None if state.free > 0 => state.free -= 1,
            None => {
                self.ticket = Some(state.join(fresh, cx.waker()));
                return Poll::Pending;
            }
            Some(ticket) => {
                if let Ok(place) = state.place_of(ticket) {
                    let waker = &mut state.queue[place].waker;
                    let stale = mem::replace(waker, cx.waker().clone());
                    // The last waker of a task may own that task: drop it unlocked.
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
            // Handed a permit that nobody will come for: the next in line gets it.
            Err(_) => {
                drop(state);
                self.semaphore.release();
            }
        }
    }
}

impl State {
    fn join(&mut self, ticket: u64, waker: &Waker) -> u64 {
        self.queue.push_back(Waiter { ticket, waker: waker.clone() });
        ticket
    }

    fn place_of(&self, ticket: u64) -> Result<usize, usize> {
        self.queue.binary_search_by_key(&ticket, |waiter| waiter.ticket)
    }
}
