//! A waiter stays in the queue until it takes its permit, and the first waiters, as many as there are permits, are
//! promised one each. Who may go follows from the position in the queue alone: nobody is marked or taken out.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

/// A fair counting semaphore.
pub struct Semaphore {
    state: Mutex<State>,
}

struct State {
    /// Permits that nobody holds, promised or not.
    permits: usize,
    next_id: u64,
    queue: VecDeque<Waiter>,
}

struct Waiter {
    id: u64,
    waker: Waker,
}

/// A permit; dropping it gives it back.
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

impl State {
    /// How many permits are promised to nobody in the queue.
    fn free(&self) -> usize {
        self.permits.saturating_sub(self.queue.len())
    }

    /// The last waiter that is promised a permit, if every permit is promised.
    fn last_promised(&self) -> Option<Waker> {
        let last = self.permits.checked_sub(1)?;
        self.queue.get(last).map(|waiter| waiter.waker.clone())
    }

    fn position(&self, id: u64) -> Option<usize> {
        self.queue.iter().position(|waiter| waiter.id == id)
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let state = State { permits, next_id: 0, queue: VecDeque::new() };
        Semaphore { state: Mutex::new(state) }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, id: None }.await
    }

    /// Takes a permit if one is promised to nobody.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut state = self.state.lock().unwrap();
        if state.free() == 0 {
            return None;
        }
        state.permits -= 1;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| {
            if let Poll::Ready(permit) = acquire.as_mut().poll(cx) {
                return Poll::Ready(Ok(permit));
            }
            cancelled.as_mut().poll(cx).map(|_| Err(Cancelled))
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.state.lock().unwrap().free()
    }

    fn release(&self) {
        let mut state = self.state.lock().unwrap();
        state.permits += 1;
        let next = state.last_promised();
        drop(state);
        if let Some(waker) = next {
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
    /// `None` before the first poll, and once the permit is taken.
    id: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        // Both outlive the guard: a waker may use the semaphore when it is dropped.
        let mut waker = cx.waker().clone();
        let _left;
        let mut state = semaphore.state.lock().unwrap();
        match self.id {
            None if state.free() > 0 => {}
            None => {
                let id = state.next_id;
                state.next_id += 1;
                state.queue.push_back(Waiter { id, waker });
                self.id = Some(id);
                return Poll::Pending;
            }
            Some(id) => {
                let position = state.position(id).expect("it waits until it takes its permit");
                if position >= state.permits {
                    mem::swap(&mut state.queue[position].waker, &mut waker);
                    return Poll::Pending;
                }
                _left = state.queue.remove(position);
                self.id = None;
            }
        }
        state.permits -= 1;
        Poll::Ready(Permit { semaphore })
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let mut state = self.semaphore.state.lock().unwrap();
        let Some(position) = state.position(id) else {
            return;
        };
        let _left = state.queue.remove(position);
        // If it was promised a permit, the promise passes to the one that moved up.
        let next = if position < state.permits { state.last_promised() } else { None };
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
