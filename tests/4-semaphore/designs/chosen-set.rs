//! A permit that comes back is handed to the first waiter: it leaves the queue, and its ticket goes into a set, where it
//! stays until that waiter is polled. So a ticket is in the queue, in the set, or done.

use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

/// A counting semaphore that hands a returned permit straight to the next in the queue.
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: usize,
    tickets: u64,
    waiting: VecDeque<(u64, Waker)>,
    /// The waiters that were handed a permit but have not been polled since.
    chosen: BTreeSet<u64>,
}

impl State {
    /// Hands one permit to the first in the queue. The caller wakes it.
    fn give(&mut self) -> Option<Waker> {
        match self.waiting.pop_front() {
            Some((ticket, waker)) => {
                self.chosen.insert(ticket);
                Some(waker)
            }
            None => {
                self.free += 1;
                None
            }
        }
    }

    fn take(&mut self) -> bool {
        let taken = self.free > 0;
        if taken {
            self.free -= 1;
        }
        taken
    }
}

/// A permit; dropping it gives it back.
#[derive(Debug)]
pub struct Permit<'a>(&'a Semaphore);

/// The signal came before a permit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl std::fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Semaphore").field("available", &self.available_permits()).finish()
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let state = State { free: permits, ..State::default() };
        Self { state: Mutex::new(state) }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        let mut turn = Turn { semaphore: self, ticket: None };
        poll_fn(|cx| turn.poll(cx)).await;
        Permit(self)
    }

    /// Takes a permit if one is free.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.lock().take().then(|| Permit(self))
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut turn = Turn { semaphore: self, ticket: None };
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| {
            if turn.poll(cx).is_ready() {
                Poll::Ready(Ok(Permit(self)))
            } else if cancelled.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(Cancelled))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.lock().free
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self) {
        let next = self.lock().give();
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// One wait for a permit. Dropping it early passes the turn on.
struct Turn<'a> {
    semaphore: &'a Semaphore,
    ticket: Option<u64>,
}

impl Turn<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Outlives the guard: a waker that is replaced may use the semaphore when it is dropped.
        let mut new_waker = cx.waker().clone();
        let mut state = self.semaphore.lock();
        let Some(ticket) = self.ticket else {
            if state.take() {
                return Poll::Ready(());
            }
            let ticket = state.tickets;
            state.tickets += 1;
            state.waiting.push_back((ticket, new_waker));
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        if state.chosen.remove(&ticket) {
            self.ticket = None;
            return Poll::Ready(());
        }
        if let Some((_, waker)) = state.waiting.iter_mut().find(|(t, _)| *t == ticket) {
            mem::swap(waker, &mut new_waker);
        }
        Poll::Pending
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.semaphore.lock();
        if state.chosen.remove(&ticket) {
            drop(state);
            self.semaphore.give_back();
        } else if let Some(place) = state.waiting.iter().position(|(t, _)| *t == ticket) {
            let left = state.waiting.remove(place);
            drop(state);
            drop(left);
        }
    }
}
