//! Permits are not handed over; the first `free` of the queue are those who may go on, by position
//! alone. A permit that is promised stays in the count, and nobody else may touch it.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Permits that nobody holds, promised ones too.
    free: usize,
    queue: VecDeque<Entry>,
    tickets: u64,
}

#[derive(Debug)]
struct Entry {
    ticket: u64,
    /// Taken when it was woken because its turn came.
    waker: Option<Waker>,
}

#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

impl State {
    fn unpromised(&self) -> usize {
        self.free.saturating_sub(self.queue.len())
    }

    fn position(&self, ticket: u64) -> usize {
        self.queue.partition_point(|entry| entry.ticket < ticket)
    }

    /// The last of those who may go on, if it does not know yet.
    fn newly_chosen(&mut self) -> Option<Waker> {
        let last = self.free.checked_sub(1)?;
        self.queue.get_mut(last)?.waker.take()
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let state = State { free: permits, queue: VecDeque::new(), tickets: 0 };
        Self { state: Mutex::new(state) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Waiting { semaphore: self, ticket: None }.await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut state = self.lock();
        if state.unpromised() == 0 {
            return None;
        }
        state.free -= 1;
        Some(Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut waiting = pin!(Waiting { semaphore: self, ticket: None });
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| {
            if let Poll::Ready(permit) = waiting.as_mut().poll(cx) {
                Poll::Ready(Ok(permit))
            } else if cancelled.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(Cancelled))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        self.lock().unpromised()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.semaphore.lock();
        state.free += 1;
        let chosen = state.newly_chosen();
        drop(state);
        if let Some(waker) = chosen {
            waker.wake();
        }
    }
}

struct Waiting<'a> {
    semaphore: &'a Semaphore,
    ticket: Option<u64>,
}

impl<'a> Future for Waiting<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let waker = cx.waker().clone();
        let mut state = semaphore.lock();
        let stale = match self.ticket {
            None if state.unpromised() > 0 => {
                state.free -= 1;
                drop(state);
                return Poll::Ready(Permit { semaphore });
            }
            None => {
                let ticket = state.tickets;
                state.tickets += 1;
                state.queue.push_back(Entry { ticket, waker: Some(waker) });
                self.ticket = Some(ticket);
                None
            }
            Some(ticket) => {
                let position = state.position(ticket);
                if position < state.free {
                    state.free -= 1;
                    let entry = state.queue.remove(position);
                    drop(state);
                    drop(entry);
                    self.ticket = None;
                    return Poll::Ready(Permit { semaphore });
                }
                state.queue[position].waker.replace(waker)
            }
        };
        drop(state);
        drop(stale);
        Poll::Pending
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut state = self.semaphore.lock();
        let position = state.position(ticket);
        let entry = state.queue.remove(position);
        // If it could have gone on, now another one can.
        let chosen = if position < state.free { state.newly_chosen() } else { None };
        drop(state);
        drop(entry);
        if let Some(waker) = chosen {
            waker.wake();
        }
    }
}
