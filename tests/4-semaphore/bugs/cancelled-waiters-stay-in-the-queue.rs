//! A dropped `acquire` only crosses out its entry, which stays in the queue until a release comes upon it.
//! Caught by: `memory_is_bounded_by_those_who_wait`
//!
//! While a permit is held, a thousand waiters come and are dropped: the queue has a thousand entries,
//! though nobody waits.

use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

/// A counting semaphore that hands a returned permit straight to the next in line.
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: usize,
    tickets: u64,
    /// Those who have left have no waker any more.
    waiting: VecDeque<(u64, Option<Waker>)>,
    /// Those who have been handed a permit but have not come for it yet.
    chosen: BTreeSet<u64>,
}

impl State {
    /// Hands one permit to the first in line, who is then to be woken.
    fn give(&mut self) -> Option<Waker> {
        while let Some((ticket, waker)) = self.waiting.pop_front() {
            if waker.is_some() {
                self.chosen.insert(ticket);
                return waker;
            }
        }
        self.free += 1;
        None
    }

    fn take(&mut self) -> bool {
        let taken = self.free > 0;
        if taken {
            self.free -= 1;
        }
        taken
    }
}

#[derive(Debug)]
pub struct Permit<'a>(&'a Semaphore);

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

    pub async fn acquire(&self) -> Permit<'_> {
        let mut turn = Turn { semaphore: self, ticket: None };
        poll_fn(|cx| turn.poll(cx)).await;
        Permit(self)
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.lock().take().then(|| Permit(self))
    }

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

/// One waiter's place in the line; leaving it early passes the turn on.
struct Turn<'a> {
    semaphore: &'a Semaphore,
    ticket: Option<u64>,
}

impl Turn<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.semaphore.lock();
        let Some(ticket) = self.ticket else {
            if state.take() {
                return Poll::Ready(());
            }
            let ticket = state.tickets;
            state.tickets += 1;
            let waker = Some(cx.waker().clone());
            state.waiting.push_back((ticket, waker));
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        if state.chosen.remove(&ticket) {
            self.ticket = None;
            return Poll::Ready(());
        }
        if let Some((_, waker)) = state.waiting.iter_mut().find(|(t, _)| *t == ticket) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.semaphore.lock();
        if state.chosen.remove(&ticket) {
            let next = state.give();
            drop(state);
            if let Some(waker) = next {
                waker.wake();
            }
        } else if let Some((_, waker)) = state.waiting.iter_mut().find(|(t, _)| *t == ticket) {
            *waker = None;
        }
    }
}
