//! Flat combining: a permit that comes back is only counted, and whoever has the lock hands out what was counted. After it
//! has unlocked, it looks once more, so that a permit that came back meanwhile is not left behind. So no release waits for
//! the lock.
//! The technique is Hendler, Incze, Shavit and Tzafrir's (SPAA 2010).
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use crate::sync::{Mutex, MutexGuard};

#[derive(Debug)]
pub struct Semaphore {
    /// Came back, and was not distributed yet.
    returned: AtomicUsize,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    free: usize,
    joined: u64,
    waiters: VecDeque<(u64, Waker)>,
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let line = Line { free: permits, ..Line::default() };
        Self { returned: AtomicUsize::new(0), line: Mutex::new(line) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, number: None }.await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.with_line(|line| {
            line.free = line.free.checked_sub(1)?;
            Some(Permit { semaphore: self })
        })
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
        self.with_line(|line| line.free)
    }

    /// Does something with a line in which everything is distributed that had come back before.
    fn with_line<T>(&self, work: impl FnOnce(&mut Line) -> T) -> T {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let woken = self.distribute(&mut line);
        let result = work(&mut line);
        drop(line);
        woken.into_iter().for_each(Waker::wake);
        // A read-modify-write, and not a load: it is before or after that of a release, and in the first case
        // that one sees the lock free.
        if self.returned.fetch_add(0, AcqRel) > 0 {
            self.settle();
        }
        result
    }

    fn release(&self) {
        self.returned.fetch_add(1, AcqRel);
        self.settle();
    }

    /// Distributes what has come back, unless somebody else has the lock, who will see to it.
    fn settle(&self) {
        loop {
            let mut line = match self.line.try_lock() {
                Ok(line) => line,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            let woken = self.distribute(&mut line);
            drop(line);
            woken.into_iter().for_each(Waker::wake);
            if self.returned.fetch_add(0, AcqRel) == 0 {
                return;
            }
        }
    }

    fn distribute(&self, line: &mut MutexGuard<'_, Line>) -> Vec<Waker> {
        let returned = self.returned.swap(0, AcqRel);
        let served = returned.min(line.waiters.len());
        line.free += returned - served;
        line.waiters.drain(..served).map(|waiter| waiter.1).collect()
    }
}

#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}

#[derive(Debug)]
pub struct Cancelled;

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    number: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        let waker = cx.waker().clone();
        let number = self.number;
        // The number to wait with, and what is left of the wakers, which is dropped without the lock.
        let (waits, _left) = semaphore.with_line(|line| match number {
            None if line.free > 0 => {
                line.free -= 1;
                (None, Some(waker))
            }
            None => {
                let number = line.joined;
                line.joined += 1;
                line.waiters.push_back((number, waker));
                (Some(number), None)
            }
            Some(number) => match line.waiters.iter_mut().find(|waiter| waiter.0 == number) {
                Some(waiter) => (Some(number), Some(std::mem::replace(&mut waiter.1, waker))),
                None => (None, Some(waker)),
            },
        });
        self.number = waits;
        if waits.is_some() { Poll::Pending } else { Poll::Ready(Permit { semaphore }) }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let left = self.semaphore.with_line(|line| {
            let at = line.waiters.iter().position(|waiter| waiter.0 == number)?;
            line.waiters.remove(at)
        });
        if left.is_none() {
            self.semaphore.release();
        }
    }
}
