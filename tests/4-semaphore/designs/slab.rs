//! The waiters live in a slab, and the queue is a doubly linked list through it: joining, leaving from any position and
//! choosing the first take constant time. An entry is reused once its waiter is gone.

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

/// Entry 0 belongs to no waiter. It closes the list to a ring: `next` is the first in the queue, `previous` the last.
/// An empty queue is this entry linked to itself.
const RING: usize = 0;

#[derive(Debug)]
struct Waiters {
    /// Permits that are promised to nobody.
    free: usize,
    entries: Vec<Entry>,
    /// The first of the unused entries, which are linked by `next`; `RING` ends the list.
    unused: usize,
}

/// Has a waker while it is in the queue. An entry in use without a waker was chosen.
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

    /// Takes an entry out of the queue, and its waker out of the entry. `None` if it was chosen before.
    fn unlink(&mut self, key: usize) -> Option<Waker> {
        let Entry { previous, next, .. } = self.entries[key];
        let waker = self.entries[key].waker.take()?;
        self.entries[previous].next = next;
        self.entries[next].previous = previous;
        Some(waker)
    }

    /// Frees an entry that is out of the queue for another waiter.
    fn vacate(&mut self, key: usize) {
        self.entries[key].next = mem::replace(&mut self.unused, key);
    }

    /// Promises a permit to the first in the queue, and returns its waker.
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

    /// Waits for a permit until `cancelled` completes. If both are ready, the permit wins.
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
        // Declared before the guard: the waker that is left in it is dropped after the lock is released.
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
