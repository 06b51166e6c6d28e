//! A signed atomic count, free permits minus waiters; only those who wait and those who serve them
//! take the lock. Grants and cancels that cross are settled by two small counts under it.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::{AtomicIsize, Ordering};
use crate::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Semaphore {
    /// Free permits, or minus the number of those who wait for a permit that nobody gives yet.
    count: AtomicIsize,
    hall: Mutex<Hall>,
}

#[derive(Debug)]
struct Hall {
    waiting: BTreeMap<u64, Waker>,
    next: u64,
    /// Permits for those who are counted as waiters, but have not come in yet.
    at_the_door: usize,
    /// Permits on their way to waiters who have left.
    unclaimed: usize,
}

#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let count = isize::try_from(permits).expect("too many permits");
        let hall = Hall { waiting: BTreeMap::new(), next: 0, at_the_door: 0, unclaimed: 0 };
        Self { count: AtomicIsize::new(count), hall: Mutex::new(hall) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, ticket: None }.await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut count = self.count.load(Ordering::Acquire);
        while count > 0 {
            match self.count.compare_exchange(count, count - 1, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Some(Permit { semaphore: self }),
                Err(now) => count = now,
            }
        }
        None
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
        usize::try_from(self.count.load(Ordering::Acquire)).unwrap_or(0)
    }

    fn release(&self) {
        while self.count.fetch_add(1, Ordering::AcqRel) < 0 {
            // There was a demand for it.
            let mut hall = self.hall();
            if hall.unclaimed > 0 {
                // The one it was meant for has left. Once more, from the start.
                hall.unclaimed -= 1;
                continue;
            }
            let first = hall.waiting.pop_first();
            if first.is_none() {
                hall.at_the_door += 1;
            }
            drop(hall);
            if let Some((_, waker)) = first {
                waker.wake();
            }
            return;
        }
    }

    fn hall(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    ticket: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let waker = cx.waker().clone();
        let Some(ticket) = self.ticket else {
            if semaphore.count.fetch_sub(1, Ordering::AcqRel) > 0 {
                return Poll::Ready(Permit { semaphore });
            }
            let mut hall = semaphore.hall();
            if hall.at_the_door > 0 {
                hall.at_the_door -= 1;
                drop(hall);
                return Poll::Ready(Permit { semaphore });
            }
            let ticket = hall.next;
            hall.next += 1;
            hall.waiting.insert(ticket, waker);
            drop(hall);
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        let mut hall = semaphore.hall();
        match hall.waiting.get_mut(&ticket) {
            Some(place) => {
                let stale = std::mem::replace(place, waker);
                drop(hall);
                drop(stale);
                Poll::Pending
            }
            None => {
                drop(hall);
                self.ticket = None;
                Poll::Ready(Permit { semaphore })
            }
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut hall = self.semaphore.hall();
        let Some(waker) = hall.waiting.remove(&ticket) else {
            drop(hall);
            self.semaphore.release();
            return;
        };
        // Withdraw the demand, or, if somebody has already answered it, leave word of that.
        let count = &self.semaphore.count;
        let mut now = count.load(Ordering::Acquire);
        loop {
            if now >= 0 {
                hall.unclaimed += 1;
                break;
            }
            match count.compare_exchange(now, now + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => break,
                Err(other) => now = other,
            }
        }
        drop(hall);
        drop(waker);
    }
}
