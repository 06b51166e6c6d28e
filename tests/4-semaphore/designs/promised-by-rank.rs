//! The waiters take numbers, and it is the turn of a waiter when fewer waiters have lower numbers than there are permits.
//! Nothing is written down for a waiter whose turn comes: its rank in the map says it.

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
    /// Permits that nobody holds, promised or not.
    permits: usize,
    next_number: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Line {
    /// Takes a permit unless all are promised to waiters.
    fn take_free(&mut self) -> bool {
        let free = self.permits > self.waiting.len();
        self.permits -= usize::from(free);
        free
    }

    fn is_turn_of(&self, number: u64) -> bool {
        self.waiting.range(..number).count() < self.permits
    }

    /// The waker of the last waiter whose turn it is, if every permit is promised.
    fn last_in_turn(&self) -> Option<Waker> {
        let index = self.permits.checked_sub(1)?;
        self.waiting.values().nth(index).cloned()
    }
}

/// A permit; dropping it gives it back.
pub struct Permit<'a>(&'a Semaphore);

/// The signal came before a permit did.
pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore { line: Mutex::new(Line { permits, next_number: 0, waiting: BTreeMap::new() }) }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        let mut place = Place { semaphore: self, number: None };
        poll_fn(|cx| place.poll(cx.waker())).await
    }

    /// Takes a permit if one is promised to nobody.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let free = self.line.lock().unwrap().take_free();
        free.then(|| Permit(self))
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut place = Place { semaphore: self, number: None };
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| match place.poll(cx.waker()) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
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
        // Both outlive the guard: a waker may use the semaphore when it is dropped.
        let waker = waker.clone();
        let _old;
        let mut line = self.semaphore.line.lock().unwrap();
        match self.number {
            None => {
                if line.take_free() {
                    return Poll::Ready(Permit(self.semaphore));
                }
                let number = line.next_number;
                line.next_number += 1;
                line.waiting.insert(number, waker);
                self.number = Some(number);
                Poll::Pending
            }
            Some(number) if line.is_turn_of(number) => {
                _old = line.waiting.remove(&number);
                line.permits -= 1;
                self.number = None;
                Poll::Ready(Permit(self.semaphore))
            }
            Some(number) => {
                _old = line.waiting.insert(number, waker);
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
        let _old = line.waiting.remove(&number);
        let next = line.last_in_turn().filter(|_| was_its_turn);
        drop(line);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
