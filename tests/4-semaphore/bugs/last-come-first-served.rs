//! The waiters are a stack: a permit is handed to the one who came last.
//! Caught by: `waiters_are_served_in_order`
//!
//! One permit, held; A waits, then B; the permit is dropped: B gets it before A.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

/// A counting semaphore that hands a returned permit straight to a waiter.
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: usize,
    tickets: u64,
    waiting: Vec<(u64, Waker)>,
    /// Those who have been handed a permit but have not come for it yet.
    chosen: BTreeSet<u64>,
}

impl State {
    /// Hands one permit to the next in line, who is then to be woken.
    fn give(&mut self) -> Option<Waker> {
        match self.waiting.pop() {
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
            state.waiting.push((ticket, cx.waker().clone()));
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        if state.chosen.remove(&ticket) {
            self.ticket = None;
            return Poll::Ready(());
        }
        if let Some((_, waker)) = state.waiting.iter_mut().find(|(t, _)| *t == ticket) {
            waker.clone_from(cx.waker());
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
        } else {
            state.waiting.retain(|(t, _)| *t != ticket);
        }
    }
}
