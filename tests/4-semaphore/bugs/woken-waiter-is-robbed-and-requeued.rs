//! A woken waiter leaves the queue without a permit; if a newcomer was quicker, it queues again, at the back.
//! Caught by: `acquire_does_not_overtake`
//!
//! One permit, held; A and B wait; the permit is dropped and A woken; a newcomer (or `try_acquire`)
//! takes it; A is polled and now waits behind B.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

pub struct Semaphore {
    state: Mutex<State>,
}

struct State {
    permits: usize,
    next_id: u64,
    sleepers: VecDeque<(u64, Waker)>,
}

impl State {
    /// Takes the next waiter to be woken out of the queue, if there is a permit for it.
    fn next(&mut self) -> Option<Waker> {
        if self.permits == 0 {
            return None;
        }
        self.sleepers.pop_front().map(|(_, waker)| waker)
    }

    fn take(&mut self) -> bool {
        if self.permits > 0 {
            self.permits -= 1;
            true
        } else {
            false
        }
    }
}

pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore { state: Mutex::new(State { permits, next_id: 0, sleepers: VecDeque::new() }) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, id: None }.await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let taken = self.state.lock().unwrap().take();
        taken.then(|| Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| match acquire.as_mut().poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        self.state.lock().unwrap().permits
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.semaphore.state.lock().unwrap();
        state.permits += 1;
        let next = state.next();
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    id: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let mut state = semaphore.state.lock().unwrap();
        let asleep = self.id;
        if let Some((_, waker)) = state.sleepers.iter_mut().find(|(id, _)| Some(*id) == asleep) {
            waker.clone_from(cx.waker());
            return Poll::Pending;
        }
        if state.take() {
            self.id = None;
            return Poll::Ready(Permit { semaphore });
        }
        let id = state.next_id;
        state.next_id += 1;
        state.sleepers.push_back((id, cx.waker().clone()));
        self.id = Some(id);
        Poll::Pending
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(mine) = self.id else { return };
        let mut state = self.semaphore.state.lock().unwrap();
        let sleepers = state.sleepers.len();
        state.sleepers.retain(|(id, _)| *id != mine);
        // Awake already: then another may wake up instead.
        let next = if state.sleepers.len() == sleepers { state.next() } else { None };
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
