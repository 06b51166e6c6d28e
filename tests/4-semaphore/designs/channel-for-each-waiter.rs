//! Each waiter has a channel of its own for one message, "your turn"; wakers are the channels'
//! business, the line holds only senders.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::sync::mpsc::{self, Receiver, Sender};
use crate::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Semaphore {
    office: Mutex<Office>,
}

#[derive(Debug)]
struct Office {
    free: usize,
    line: VecDeque<(u64, Sender<()>)>,
    numbers: u64,
}

#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Self { office: Mutex::new(Office { free: permits, line: VecDeque::new(), numbers: 0 }) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        let mut turn = match self.take_or_queue() {
            Ok(permit) => return permit,
            Err(turn) => turn,
        };
        // The sender is dropped only after it has sent, or by the destructor of `turn`.
        let _ = turn.called.recv().await;
        turn.served = true;
        Permit { semaphore: self }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut office = self.office();
        office.free = office.free.checked_sub(1)?;
        Some(Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut acquire = pin!(self.acquire());
        let mut cancelled = pin!(cancelled);
        poll_fn(|cx| {
            if let Poll::Ready(permit) = acquire.as_mut().poll(cx) {
                return Poll::Ready(Ok(permit));
            }
            cancelled.as_mut().poll(cx).map(|_| Err(Cancelled))
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        self.office().free
    }

    fn take_or_queue(&self) -> Result<Permit<'_>, Turn<'_>> {
        let mut office = self.office();
        if office.free > 0 {
            office.free -= 1;
            return Ok(Permit { semaphore: self });
        }
        let (call, called) = mpsc::channel(1);
        let number = office.numbers;
        office.numbers += 1;
        office.line.push_back((number, call));
        Err(Turn { semaphore: self, number, called, served: false })
    }

    fn next(&self) {
        let mut office = self.office();
        let Some((_, call)) = office.line.pop_front() else {
            office.free += 1;
            return;
        };
        drop(office);
        // From the moment it left the line, the permit is the waiter's: one that goes away now
        // sees that it is no longer in the line, and passes the permit on itself.
        let _ = call.try_send(());
    }

    fn office(&self) -> MutexGuard<'_, Office> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.next();
    }
}

struct Turn<'a> {
    semaphore: &'a Semaphore,
    number: u64,
    called: Receiver<()>,
    served: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.served {
            return;
        }
        let mut office = self.semaphore.office();
        match office.line.iter().position(|(number, _)| *number == self.number) {
            Some(at) => {
                let left = office.line.remove(at);
                drop(office);
                drop(left);
            }
            None => {
                drop(office);
                self.semaphore.next();
            }
        }
    }
}
