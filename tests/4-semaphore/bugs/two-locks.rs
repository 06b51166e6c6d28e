//! The count and the queue have a lock each: `acquire` looks at the one, and then joins the other.
//! Caught by: `no_wakeup_is_lost`
//!
//! The last permit comes back between the two: the queue is still empty, so nobody is woken and
//! the permit is free again, and the newcomer sleeps beside it.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

pub struct Semaphore {
    free: Mutex<usize>,
    queue: Mutex<VecDeque<(u64, Waker)>>,
    tickets: AtomicU64,
}

pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Self {
            free: Mutex::new(permits),
            queue: Mutex::new(VecDeque::new()),
            tickets: AtomicU64::new(0),
        }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        Acquire { semaphore: self, ticket: None }.await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut free = self.free.lock().unwrap();
        *free = free.checked_sub(1)?;
        Some(Permit { semaphore: self })
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
        *self.free.lock().unwrap()
    }

    fn release(&self) {
        let next = self.queue.lock().unwrap().pop_front();
        match next {
            Some((_, waker)) => waker.wake(),
            None => *self.free.lock().unwrap() += 1,
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
    ticket: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        if let Some(ticket) = self.ticket {
            let mut queue = semaphore.queue.lock().unwrap();
            if let Some((_, waker)) = queue.iter_mut().find(|(waiting, _)| *waiting == ticket) {
                waker.clone_from(cx.waker());
                return Poll::Pending;
            }
            self.ticket = None;
            return Poll::Ready(Permit { semaphore });
        }
        if let Some(permit) = semaphore.try_acquire() {
            return Poll::Ready(permit);
        }
        let ticket = semaphore.tickets.fetch_add(1, Ordering::Relaxed);
        semaphore.queue.lock().unwrap().push_back((ticket, cx.waker().clone()));
        self.ticket = Some(ticket);
        Poll::Pending
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut queue = self.semaphore.queue.lock().unwrap();
        match queue.iter().position(|(waiting, _)| *waiting == ticket) {
            Some(place) => drop(queue.remove(place)),
            None => {
                drop(queue);
                self.semaphore.release();
            }
        }
    }
}
