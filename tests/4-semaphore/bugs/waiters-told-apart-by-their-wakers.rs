//! A waiter finds its place in the queue by its waker, but one task may wait twice.
//! Caught by: `waits_of_one_task_are_told_apart`
//!
//! One permit, held; A waits, then C in another task, then B in the same task as A (as in a `join!`); B
//! is dropped, and takes out the entry of A: when the permit is dropped, C gets it before A.

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
    queue: VecDeque<Waker>,
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
        self.queue.get(last).cloned()
    }

    fn position(&self, waker: &Waker) -> Option<usize> {
        self.queue.iter().position(|other| other.will_wake(waker))
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore { state: Mutex::new(State { permits, queue: VecDeque::new() }) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, waker: None }.await
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
    /// The waker that is in the queue, once there is one.
    waker: Option<Waker>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let mut state = semaphore.state.lock().unwrap();
        match &self.waker {
            None if state.free() > 0 => {}
            None => {
                state.queue.push_back(cx.waker().clone());
                self.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Some(waker) => {
                let position = state.position(waker).expect("it waits until it is done");
                if position >= state.permits {
                    state.queue[position].clone_from(cx.waker());
                    self.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                state.queue.remove(position);
                self.waker = None;
            }
        }
        state.permits -= 1;
        Poll::Ready(Permit { semaphore })
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(waker) = &self.waker else { return };
        let mut state = self.semaphore.state.lock().unwrap();
        let Some(position) = state.position(waker) else {
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
