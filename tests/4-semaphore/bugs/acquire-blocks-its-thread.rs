//! `acquire` waits on a condition variable: the poll does not return, and its thread is blocked until a permit comes.
//! Caught by: `tasks_of_tokio_take_turns`
//!
//! One permit, held; an `acquire` is polled by the same thread: the poll never returns `Pending`, so
//! nobody is left to drop the permit.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::sync::{Condvar, Mutex};

/// A ticket semaphore: whoever comes draws a ticket, and the tickets are served in order.
pub struct Semaphore {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    permits: usize,
    next_ticket: u64,
    now_serving: u64,
}

impl State {
    fn free(&self) -> usize {
        let waiting = self.next_ticket - self.now_serving;
        self.permits.saturating_sub(usize::try_from(waiting).unwrap_or(usize::MAX))
    }
}

pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore {
            state: Mutex::new(State { permits, next_ticket: 0, now_serving: 0 }),
            changed: Condvar::new(),
        }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        let mut state = self.state.lock().unwrap();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        while state.permits == 0 || state.now_serving != ticket {
            state = self.changed.wait(state).unwrap();
        }
        state.now_serving += 1;
        state.permits -= 1;
        drop(state);
        self.changed.notify_all();
        Permit { semaphore: self }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut state = self.state.lock().unwrap();
        if state.free() == 0 {
            return None;
        }
        state.permits -= 1;
        Some(Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        if let Some(permit) = self.try_acquire() {
            return Ok(permit);
        }
        let mut cancelled = pin!(cancelled);
        let mut acquire = pin!(self.acquire());
        poll_fn(|cx| {
            if cancelled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(Cancelled));
            }
            acquire.as_mut().poll(cx).map(Ok)
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        self.state.lock().unwrap().free()
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.state.lock().unwrap().permits += 1;
        self.semaphore.changed.notify_all();
    }
}
