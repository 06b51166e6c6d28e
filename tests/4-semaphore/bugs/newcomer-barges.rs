//! The first poll of `acquire` takes any permit that is there, also one that is promised to a waiter.
//! Caught by: `acquire_does_not_overtake`
//!
//! One permit, held; A waits; the permit is dropped and A woken; B is polled for the first time and
//! gets the permit before A.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

/// A fair counting semaphore.
///
/// The first waiters in the queue, as many as there are permits, are promised one each.
pub struct Semaphore {
    state: Mutex<State>,
}

struct State {
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
    /// How many permits nobody in the queue has been promised.
    fn free(&self) -> usize {
        self.permits.saturating_sub(self.queue.len())
    }

    /// The last waiter that is promised a permit, if all permits are promised.
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
        Semaphore { state: Mutex::new(State { permits, next_id: 0, queue: VecDeque::new() }) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, id: None }.await
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
    /// The place in the queue, once there is one.
    id: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let mut state = semaphore.state.lock().unwrap();
        match self.id {
            None if state.permits > 0 => {}
            None => {
                let id = state.next_id;
                state.next_id += 1;
                state.queue.push_back(Waiter { id, waker: cx.waker().clone() });
                self.id = Some(id);
                return Poll::Pending;
            }
            Some(id) => {
                let position = state.position(id).expect("it waits until it is done");
                if position >= state.permits {
                    state.queue[position].waker.clone_from(cx.waker());
                    return Poll::Pending;
                }
                state.queue.remove(position);
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
        state.queue.remove(position);
        // If it was promised a permit, the promise passes to the one who moved up.
        let next = if position < state.permits { state.last_promised() } else { None };
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
