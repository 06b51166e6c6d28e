//! Waiters live in a slab as a doubly linked list of indices, each with an explicit state (waiting
//! or granted); a granted entry stays until it is collected.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard, PoisonError};

const NIL: usize = usize::MAX;

#[derive(Debug)]
pub struct Semaphore {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
pub struct Permit<'a> {
    of: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

#[derive(Debug)]
struct Inner {
    free: usize,
    slots: Vec<Slot>,
    vacant: usize,
    head: usize,
    tail: usize,
}

#[derive(Debug)]
struct Slot {
    state: SlotState,
    prev: usize,
    next: usize,
}

#[derive(Debug)]
enum SlotState {
    Vacant,
    Waiting(Waker),
    Granted,
}

impl Inner {
    fn insert(&mut self, waker: Waker) -> usize {
        let slot = Slot { state: SlotState::Waiting(waker), prev: self.tail, next: NIL };
        let index = if self.vacant == NIL {
            self.slots.push(slot);
            self.slots.len() - 1
        } else {
            let index = self.vacant;
            self.vacant = self.slots[index].next;
            self.slots[index] = slot;
            index
        };
        if self.tail == NIL {
            self.head = index;
        } else {
            let tail = self.tail;
            self.slots[tail].next = index;
        }
        self.tail = index;
        index
    }

    fn unlink(&mut self, index: usize) {
        let (prev, next) = (self.slots[index].prev, self.slots[index].next);
        if prev == NIL {
            self.head = next;
        } else {
            self.slots[prev].next = next;
        }
        if next == NIL {
            self.tail = prev;
        } else {
            self.slots[next].prev = prev;
        }
    }

    /// Puts a slot that is no longer linked on the free list.
    fn vacate(&mut self, index: usize) -> SlotState {
        let old = std::mem::replace(&mut self.slots[index].state, SlotState::Vacant);
        self.slots[index].next = self.vacant;
        self.vacant = index;
        old
    }

    /// A permit came back: the head is granted it, or it is free.
    #[must_use]
    fn give(&mut self) -> Option<Waker> {
        let index = self.head;
        if index == NIL {
            self.free += 1;
            return None;
        }
        self.unlink(index);
        match std::mem::replace(&mut self.slots[index].state, SlotState::Granted) {
            SlotState::Waiting(waker) => Some(waker),
            _ => unreachable!("only waiting slots are linked"),
        }
    }
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        let inner = Inner { free: permits, slots: Vec::new(), vacant: NIL, head: NIL, tail: NIL };
        Self { inner: Mutex::new(inner) }
    }

    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> + Send {
        Acquire { of: self, slot: None }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut inner = self.inner();
        if inner.free == 0 {
            return None;
        }
        inner.free -= 1;
        Some(Permit { of: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut cancelled = pin!(cancelled);
        let mut acquire = pin!(Acquire { of: self, slot: None });
        poll_fn(move |cx| {
            if let Poll::Ready(permit) = acquire.as_mut().poll(cx) {
                return Poll::Ready(Ok(permit));
            }
            match cancelled.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready(Err(Cancelled)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        self.inner().free
    }

    fn give(&self) {
        let waker = self.inner().give();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.of.give();
    }
}

struct Acquire<'a> {
    of: &'a Semaphore,
    slot: Option<usize>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let of = self.of;
        let fresh = cx.waker().clone();
        let mut inner = of.inner();
        let Some(index) = self.slot else {
            if inner.free > 0 {
                inner.free -= 1;
                drop(inner);
                return Poll::Ready(Permit { of });
            }
            let index = inner.insert(fresh);
            drop(inner);
            self.slot = Some(index);
            return Poll::Pending;
        };
        match &mut inner.slots[index].state {
            SlotState::Waiting(waker) => {
                let stale = std::mem::replace(waker, fresh);
                drop(inner);
                drop(stale);
                Poll::Pending
            }
            SlotState::Granted => {
                inner.vacate(index);
                drop(inner);
                self.slot = None;
                Poll::Ready(Permit { of })
            }
            SlotState::Vacant => unreachable!("the slot is ours"),
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(index) = self.slot.take() else { return };
        let mut inner = self.of.inner();
        let granted = matches!(inner.slots[index].state, SlotState::Granted);
        if !granted {
            inner.unlink(index);
        }
        let old = inner.vacate(index);
        let next = if granted { inner.give() } else { None };
        drop(inner);
        drop(old);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
