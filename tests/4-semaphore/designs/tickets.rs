//! Numbered tickets, as at a counter: each waiter holds a number, and the lowest number is served next.
//!
//! A ticket that is no longer in the map was called: a permit is promised to it, and that permit is counted nowhere else.

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

/// A counting semaphore for tasks: first come, first served.
pub struct Semaphore {
    counter: Mutex<Counter>,
}

struct Counter {
    /// Permits that are promised to nobody. Zero while anyone waits.
    free: usize,
    next_ticket: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Self {
            counter: Mutex::new(Counter {
                free: permits,
                next_ticket: 0,
                waiting: BTreeMap::new(),
            }),
        }
    }

    /// Waits for a permit.
    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {
        self.ask()
    }

    /// Takes a permit if one is free and nobody waits for it.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut counter = self.counter();
        counter.free = counter.free.checked_sub(1)?;
        Some(Permit(self))
    }

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
    pub fn acquire_until<C: Future>(
        &self,
        cancelled: C,
    ) -> impl Future<Output = Result<Permit<'_>, Cancelled>> {
        AcquireUntil(Some((self.ask(), Box::pin(cancelled))))
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.counter().free
    }

    fn ask(&self) -> Acquire<'_> {
        Acquire { semaphore: self, stage: Stage::Outside }
    }

    fn give_back(&self) {
        let mut counter = self.counter();
        let called = counter.waiting.pop_first();
        if called.is_none() {
            counter.free += 1;
        }
        drop(counter);
        if let Some((_ticket, waker)) = called {
            waker.wake();
        }
    }

    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().expect("nothing panics while it holds the counter")
    }
}

/// One of the semaphore's permits, given back when it is dropped.
pub struct Permit<'a>(&'a Semaphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    stage: Stage,
}

enum Stage {
    Outside,
    Waiting { ticket: u64 },
    Served,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        // Declared before the guard: the waker that is replaced is dropped after the lock is released.
        let mut waker = cx.waker().clone();
        let semaphore = self.semaphore;
        match self.stage {
            Stage::Outside => {
                let mut counter = semaphore.counter();
                if counter.free == 0 {
                    let ticket = counter.next_ticket;
                    counter.next_ticket += 1;
                    counter.waiting.insert(ticket, waker);
                    self.stage = Stage::Waiting { ticket };
                    return Poll::Pending;
                }
                counter.free -= 1;
            }
            Stage::Waiting { ticket } => {
                let mut counter = semaphore.counter();
                if let Some(registered) = counter.waiting.get_mut(&ticket) {
                    mem::swap(registered, &mut waker);
                    return Poll::Pending;
                }
            }
            Stage::Served => panic!("`acquire` polled after it completed"),
        }
        self.stage = Stage::Served;
        Poll::Ready(Permit(semaphore))
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        if let Stage::Waiting { ticket } = self.stage {
            let waiting = self.semaphore.counter().waiting.remove(&ticket);
            if waiting.is_none() {
                // Called, but it never took its permit.
                self.semaphore.give_back();
            }
        }
    }
}

/// `None` once it has completed or its signal has panicked: then both futures are dropped, and the place is given up.
struct AcquireUntil<'a, C>(Option<(Acquire<'a>, Pin<Box<C>>)>);

impl<'a, C: Future> Future for AcquireUntil<'a, C> {
    type Output = Result<Permit<'a>, Cancelled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut acquire, mut cancelled) =
            self.0.take().expect("`acquire_until` polled after it completed");
        if let Poll::Ready(permit) = Pin::new(&mut acquire).poll(cx) {
            return Poll::Ready(Ok(permit));
        }
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Cancelled));
        }
        self.0 = Some((acquire, cancelled));
        Poll::Pending
    }
}
