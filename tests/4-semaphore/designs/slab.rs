//! The waiters live in a slab, and the queue is a doubly linked list through it: joining, leaving from anywhere and
//! choosing the first take constant time, and an entry is used again once its waiter is gone.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

/// A counting semaphore for tasks: first come, first served.
#[derive(Debug)]
pub struct Semaphore {
    waiters: Mutex<Waiters>,
}

/// Entry 0 is nobody's. It closes the ring: the first in the queue comes after it, the last one before. An empty queue is
/// this entry linked to itself, which is how it begins.
const RING: usize = 0;

#[derive(Debug)]
struct Waiters {
    /// Permits that are promised to nobody.
    free: usize,
    entries: Vec<Entry>,
    /// Heads the list of unused entries, linked by `next`; `RING` ends it.
    unused: usize,
}

/// Has a waker as long as it is in the queue. A used entry without one was chosen.
#[derive(Debug, Default)]
struct Entry {
    waker: Option<Waker>,
    previous: usize,
    next: usize,
}

impl Waiters {
    fn push(&mut self, waker: Waker) -> usize {
        let last = self.entries[RING].previous;
        let entry = Entry { waker: Some(waker), previous: last, next: RING };
        let key = match self.unused {
            RING => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
            key => {
                self.unused = mem::replace(&mut self.entries[key], entry).next;
                key
            }
        };
        self.entries[last].next = key;
        self.entries[RING].previous = key;
        key
    }

    /// Takes an entry out of the queue and its waker out of the entry; `None` if it had been chosen before.
    fn unlink(&mut self, key: usize) -> Option<Waker> {
        let Entry { previous, next, .. } = self.entries[key];
        let waker = self.entries[key].waker.take()?;
        self.entries[previous].next = next;
        self.entries[next].previous = previous;
        Some(waker)
    }

    /// Makes an entry that is out of the queue available to the next waiter.
    fn vacate(&mut self, key: usize) {
        self.entries[key].next = mem::replace(&mut self.unused, key);
    }

    /// Promises a permit to the first in the queue, and returns whom to wake.
    fn release(&mut self) -> Option<Waker> {
        match self.entries[RING].next {
            RING => {
                self.free += 1;
                None
            }
            first => self.unlink(first),
        }
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore {
            waiters: Mutex::new(Waiters {
                free: permits,
                entries: vec![Entry::default()],
                unused: RING,
            }),
        }
    }

    /// Waits for a permit.
    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {
        Acquire { semaphore: self, key: None }
    }

    /// Takes a permit if one is free and nobody waits for it.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut waiters = self.lock();
        waiters.free = waiters.free.checked_sub(1)?;
        Some(Permit { semaphore: self })
    }

    /// Waits for a permit until `cancelled` completes. A permit that is already there wins.
    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| match acquire.as_mut().poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    /// How many permits `try_acquire` could take now.
    pub fn available_permits(&self) -> usize {
        self.lock().free
    }

    fn lock(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the semaphore's permits, given back when it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let next = self.semaphore.lock().release();
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// The signal came before a permit did.
#[derive(Debug)]
pub struct Cancelled;

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    key: Option<usize>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        // Declared before the guard: whichever waker is left in it is dropped without the lock.
        let mut waker = cx.waker().clone();
        let mut waiters = semaphore.lock();
        match self.key {
            Some(key) => {
                if let Some(registered) = &mut waiters.entries[key].waker {
                    mem::swap(registered, &mut waker);
                    return Poll::Pending;
                }
                waiters.vacate(key);
                self.key = None;
            }
            None if waiters.free > 0 => waiters.free -= 1,
            None => {
                self.key = Some(waiters.push(waker));
                return Poll::Pending;
            }
        }
        Poll::Ready(Permit { semaphore })
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut waiters = self.semaphore.lock();
        let own = waiters.unlink(key);
        waiters.vacate(key);
        let next = if own.is_none() { waiters.release() } else { None };
        drop(waiters);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
