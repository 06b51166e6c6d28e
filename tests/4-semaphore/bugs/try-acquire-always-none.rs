//! `try_acquire` was never written: it always gives `None`.
//! Caught by: `try_acquire_takes_a_free_permit`
//!
//! A new semaphore with one permit: `try_acquire` gives `None`.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, Waker};

use crate::sync::Mutex;

/// A take-a-number semaphore: the waiters with the lowest numbers go first.
pub struct Semaphore {
    line: Mutex<Line>,
}

struct Line {
    permits: usize,
    next_number: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Line {
    /// Takes a permit unless all are meant for those who wait.
    fn take_free(&mut self) -> bool {
        let free = self.permits > self.waiting.len();
        self.permits -= usize::from(free);
        free
    }

    fn is_turn_of(&self, number: u64) -> bool {
        self.waiting.range(..number).count() < self.permits
    }

    /// The waker of the last one whose turn it is, if every permit is spoken for.
    fn last_in_turn(&self) -> Option<Waker> {
        let index = self.permits.checked_sub(1)?;
        self.waiting.values().nth(index).cloned()
    }
}

pub struct Permit<'a>(&'a Semaphore);

pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore { line: Mutex::new(Line { permits, next_number: 0, waiting: BTreeMap::new() }) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        let mut place = Place { semaphore: self, number: None };
        poll_fn(|cx| place.poll(cx.waker())).await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        None
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut place = Place { semaphore: self, number: None };
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| match place.poll(cx.waker()) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        let line = self.line.lock().unwrap();
        line.permits.saturating_sub(line.waiting.len())
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let next = {
            let mut line = self.0.line.lock().unwrap();
            line.permits += 1;
            line.last_in_turn()
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// A place in the line, from the first poll on.
struct Place<'a> {
    semaphore: &'a Semaphore,
    number: Option<u64>,
}

impl<'a> Place<'a> {
    fn poll(&mut self, waker: &Waker) -> Poll<Permit<'a>> {
        let mut line = self.semaphore.line.lock().unwrap();
        match self.number {
            None => {
                if line.take_free() {
                    return Poll::Ready(Permit(self.semaphore));
                }
                let number = line.next_number;
                line.next_number += 1;
                line.waiting.insert(number, waker.clone());
                self.number = Some(number);
                Poll::Pending
            }
            Some(number) if line.is_turn_of(number) => {
                line.waiting.remove(&number);
                line.permits -= 1;
                self.number = None;
                Poll::Ready(Permit(self.semaphore))
            }
            Some(number) => {
                line.waiting.insert(number, waker.clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut line = self.semaphore.line.lock().unwrap();
        let was_its_turn = line.is_turn_of(number);
        line.waiting.remove(&number);
        let next = line.last_in_turn().filter(|_| was_its_turn);
        drop(line);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
