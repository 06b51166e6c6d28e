//! `async fn` throughout: join the line, wait for the turn, take a permit. A guard leaves the line if the future is
//! dropped before that.
//!
//! Permits are not handed over. The first `free` waiters in the line may go, in whatever order they are polled.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

/// A counting semaphore for tasks: first come, first served.
pub struct Semaphore {
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    free: usize,
    joined: u64,
    /// Numbers ascend from front to back.
    waiters: VecDeque<Waiter>,
}

struct Waiter {
    number: u64,
    waker: Option<Waker>,
}

impl Line {
    /// Permits that are promised to nobody in the line.
    fn unclaimed(&self) -> usize {
        self.free.saturating_sub(self.waiters.len())
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.waiters.binary_search_by_key(&number, |waiter| waiter.number).ok()
    }

    /// The waker of the last waiter that may go: the one whose turn has just come.
    fn newly_entitled(&mut self) -> Option<Waker> {
        let last = self.free.checked_sub(1)?;
        self.waiters.get_mut(last)?.waker.take()
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let line = Line { free: permits, ..Line::default() };
        Self { line: Mutex::new(line) }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        let place = Place::join(self);
        poll_fn(|cx| place.poll_turn(cx)).await;
        Permit { semaphore: self }
    }

    /// Takes a permit if one is free and nobody waits for it.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut line = self.line.lock().unwrap();
        if line.unclaimed() == 0 {
            return None;
        }
        line.free -= 1;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut cancelled = pin!(cancelled);
        let place = Place::join(self);
        poll_fn(|cx| {
            if place.poll_turn(cx).is_ready() {
                return Poll::Ready(Ok(Permit { semaphore: self }));
            }
            cancelled.as_mut().poll(cx).map(|_| Err(Cancelled))
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.line.lock().unwrap().unclaimed()
    }
}

/// One of the semaphore's permits, given back when it is dropped.
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut line = self.semaphore.line.lock().unwrap();
        line.free += 1;
        let next = line.newly_entitled();
        drop(line);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

/// A place in the line, given up when it is dropped.
struct Place<'a> {
    semaphore: &'a Semaphore,
    number: u64,
}

impl<'a> Place<'a> {
    fn join(semaphore: &'a Semaphore) -> Self {
        let mut line = semaphore.line.lock().unwrap();
        let number = line.joined;
        line.joined += 1;
        line.waiters.push_back(Waiter { number, waker: None });
        Place { semaphore, number }
    }

    /// Ready once: then a permit is taken, and the place in the line is gone.
    fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut line = self.semaphore.line.lock().unwrap();
        let position = line.position(self.number).expect("still in line");
        // The old waker is dropped after the lock is released: it may use the semaphore.
        let _old = line.waiters[position].waker.replace(waker);
        if position >= line.free {
            drop(line);
            return Poll::Pending;
        }
        line.free -= 1;
        let _left = line.waiters.remove(position);
        drop(line);
        Poll::Ready(())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut line = self.semaphore.line.lock().unwrap();
        let Some(position) = line.position(self.number) else {
            return; // it took its permit
        };
        let _waiter = line.waiters.remove(position);
        let next = if position < line.free { line.newly_entitled() } else { None };
        drop(line);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
