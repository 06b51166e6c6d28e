//! `tokio::sync::mpsc`'s bounded channel, explored.
//!
//! It is fair, as tokio's is: a slot that becomes free while senders wait goes to the first of
//! them, and [`Sender::try_send`] does not overtake.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub use crate::channel::errors::{SendError, TryRecvError, TrySendError};

use crate::channel::Channel;
use crate::exhaustive::record::{self, Object};
use loom::sync::{Arc, Mutex, MutexGuard};
use schedule::Operation;

/// A channel for at most this many values.
///
/// # Panics
///
/// As tokio's: if `capacity` is 0, or more than `usize::MAX >> 3`.
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(Channel::new(capacity)));
    let object = Object::new("channel");
    (Sender { object, shared: shared.clone() }, Receiver { object, shared })
}

pub struct Sender<T> {
    object: Object,
    shared: Arc<Mutex<Channel<T>>>,
}

pub struct Receiver<T> {
    object: Object,
    shared: Arc<Mutex<Channel<T>>>,
}

/// A slot for one value; dropping it gives the slot back.
pub struct Permit<'a, T> {
    sender: &'a Sender<T>,
}

/// Records a finished call of a method of the channel, with the slots that it leaves free.
fn done(call: Option<record::Call>, method: &str, room: usize, capacity: usize) {
    if let Some(call) = call {
        call.done(|step| {
            step.text = Some(method.to_owned());
            step.leaves = Some(format!("{room}/{capacity} free"));
        });
    }
}

fn lock<T>(shared: &Mutex<Channel<T>>) -> MutexGuard<'_, Channel<T>> {
    shared.lock().expect("loom does not poison")
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<T> Sender<T> {
    /// Waits for a slot, and sends. Cancel-safe as tokio's: a send that is dropped gives up its
    /// place in the queue, and its value is not sent.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is closed or gone.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        let reserve = Reserve { sender: self, ticket: None };
        async move {
            match reserve.await {
                Ok(()) => {
                    self.send_in_slot(value, "send");
                    Ok(())
                }
                Err(SendError(())) => Err(SendError(value)),
            }
        }
    }

    /// # Errors
    ///
    /// The value, if no slot is free, or the channel is closed.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        if channel.closed {
            done(call, "try_send fails: closed", channel.room, channel.capacity);
            return Err(TrySendError::Closed(value));
        }
        if channel.room == 0 {
            done(call, "try_send fails: full", 0, channel.capacity);
            return Err(TrySendError::Full(value));
        }
        channel.room -= 1;
        let receiver = channel.push(value);
        done(call, "try_send", channel.room, channel.capacity);
        drop(channel);
        wake(receiver);
        Ok(())
    }

    /// Waits for a slot, and keeps it.
    ///
    /// # Errors
    ///
    /// If the receiver is closed or gone.
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        Reserve { sender: self, ticket: None }.await?;
        Ok(Permit { sender: self })
    }

    /// # Errors
    ///
    /// If no slot is free, or the channel is closed.
    #[track_caller]
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        let result = match (channel.closed, channel.room) {
            (true, _) => Err(TrySendError::Closed(())),
            (false, 0) => Err(TrySendError::Full(())),
            (false, _) => {
                channel.room -= 1;
                Ok(Permit { sender: self })
            }
        };
        let method = if result.is_ok() { "try_reserve" } else { "try_reserve fails" };
        done(call, method, channel.room, channel.capacity);
        result
    }

    /// How many values could be sent now, without waiting.
    #[track_caller]
    pub fn capacity(&self) -> usize {
        let call = record::call(Operation::Channel, Some(self.object));
        let channel = lock(&self.shared);
        done(call, "capacity", channel.room, channel.capacity);
        channel.room
    }

    pub fn max_capacity(&self) -> usize {
        lock(&self.shared).capacity
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.shared).closed
    }

    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    #[track_caller]
    fn send_in_slot(&self, value: T, method: &str) {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        let receiver = channel.push(value);
        done(call, method, channel.room, channel.capacity);
        drop(channel);
        wake(receiver);
    }

    #[track_caller]
    fn give_slot_back(&self) {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        let next = channel.free_slot();
        done(call, "gives its slot back", channel.room, channel.capacity);
        drop(channel);
        wake(next);
    }
}

impl<T> Permit<'_, T> {
    #[track_caller]
    pub fn send(self, value: T) {
        self.sender.send_in_slot(value, "send");
        // The slot is taken now: it must not be given back.
        std::mem::forget(self);
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.sender.give_slot_back();
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Waits for a slot. A ticket that is no longer in the queue has got one.
struct Reserve<'a, T> {
    sender: &'a Sender<T>,
    ticket: Option<u64>,
}

impl<T> Future for Reserve<'_, T> {
    type Output = Result<(), SendError<()>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let call = record::call(Operation::Channel, Some(self.sender.object));
        let mut channel = lock(&self.sender.shared);
        if channel.closed {
            // `close` has emptied the queue, and gives out no slots.
            self.ticket = None;
            done(call, "send fails: closed", channel.room, channel.capacity);
            return Poll::Ready(Err(SendError(())));
        }
        match self.ticket {
            None if channel.room > 0 => channel.room -= 1,
            None => {
                let ticket = channel.next_ticket;
                channel.next_ticket += 1;
                channel.senders.push_back((ticket, cx.waker().clone()));
                done(call, "send waits for a slot", channel.room, channel.capacity);
                drop(channel);
                self.ticket = Some(ticket);
                return Poll::Pending;
            }
            Some(ticket) => {
                if let Some((_, waker)) =
                    channel.senders.iter_mut().find(|(other, _)| *other == ticket)
                {
                    let stale = std::mem::replace(waker, cx.waker().clone());
                    done(call, "send still waits", channel.room, channel.capacity);
                    drop(channel);
                    drop(stale);
                    return Poll::Pending;
                }
            }
        }
        drop(channel);
        if let Some(call) = call {
            call.silent();
        }
        self.ticket = None;
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for Reserve<'_, T> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let call = record::call(Operation::Channel, Some(self.sender.object));
        let mut channel = lock(&self.sender.shared);
        match channel.senders.iter().position(|(other, _)| *other == ticket) {
            Some(at) => {
                let waiter = channel.senders.remove(at);
                done(call, "a waiting send is dropped", channel.room, channel.capacity);
                drop(channel);
                drop(waiter);
            }
            None if channel.closed => {
                done(call, "a waiting send is dropped", channel.room, channel.capacity);
            }
            None => {
                drop(channel);
                if let Some(call) = call {
                    call.silent();
                }
                self.sender.give_slot_back();
            }
        }
    }
}

impl<T> Receiver<T> {
    /// The next value; `None` once the channel is empty and no sender is left. Cancel-safe.
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        let Some(value) = channel.values.pop_front() else {
            if channel.is_ended() {
                done(call, "recv: ended", channel.room, channel.capacity);
                return Poll::Ready(None);
            }
            let stale = channel.receiver.replace(cx.waker().clone());
            done(call, "recv waits", channel.room, channel.capacity);
            drop(channel);
            drop(stale);
            return Poll::Pending;
        };
        let next = channel.free_slot();
        done(call, "recv", channel.room, channel.capacity);
        drop(channel);
        wake(next);
        Poll::Ready(Some(value))
    }

    /// # Errors
    ///
    /// If the channel is empty, or ended.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        let Some(value) = channel.values.pop_front() else {
            done(call, "try_recv fails: empty", channel.room, channel.capacity);
            return Err(match channel.is_ended() {
                true => TryRecvError::Disconnected,
                false => TryRecvError::Empty,
            });
        };
        let next = channel.free_slot();
        done(call, "try_recv", channel.room, channel.capacity);
        drop(channel);
        wake(next);
        Ok(value)
    }

    /// Accepts no more values; those in the channel can still be received.
    #[track_caller]
    pub fn close(&mut self) {
        let call = record::call(Operation::Channel, Some(self.object));
        let mut channel = lock(&self.shared);
        channel.closed = true;
        let senders = std::mem::take(&mut channel.senders);
        done(call, "close", channel.room, channel.capacity);
        drop(channel);
        for (_, waker) in senders {
            waker.wake();
        }
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.shared).is_ended()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        lock(&self.shared).values.len()
    }

    // As with tokio's, the capacity is the number of free slots.
    #[expect(clippy::misnamed_getters)]
    pub fn capacity(&self) -> usize {
        lock(&self.shared).room
    }

    pub fn max_capacity(&self) -> usize {
        lock(&self.shared).capacity
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        lock(&self.shared).sender_count += 1;
        Self { object: self.object, shared: self.shared.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut channel = lock(&self.shared);
        channel.sender_count -= 1;
        let receiver = if channel.sender_count == 0 { channel.receiver.take() } else { None };
        drop(channel);
        wake(receiver);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut channel = lock(&self.shared);
        channel.closed = true;
        let values = std::mem::take(&mut channel.values);
        let senders = std::mem::take(&mut channel.senders);
        drop(channel);
        drop(values);
        for (_, waker) in senders {
            waker.wake();
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
