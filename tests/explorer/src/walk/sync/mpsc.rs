//! `tokio::sync::mpsc`'s bounded channel, walked: as fair as tokio's. Each operation is one step; a
//! send that waits makes one for each poll, and one more to send once it has a slot.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

pub use crate::channel::errors::{SendError, TryRecvError, TrySendError};

use crate::channel::Channel;
use crate::walk::call::Call;
use crate::walk::turn::Object;
use crate::walk::world::{announce, name};
use schedule::Operation;

/// A channel for at most this many values.
///
/// # Panics
///
/// As tokio's: if `capacity` is 0, or more than `usize::MAX >> 3`.
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let channel = Channel::new(capacity);
    let object = Object::with_value("channel", value(&channel));
    let shared = Arc::new(Shared { object, channel: Mutex::new(channel) });
    (Sender(shared.clone()), Receiver(shared))
}

pub struct Sender<T>(Arc<Shared<T>>);

pub struct Receiver<T>(Arc<Shared<T>>);

/// A slot for one value; dropping it gives the slot back.
pub struct Permit<'a, T> {
    sender: &'a Sender<T>,
}

struct Shared<T> {
    object: Object,
    /// Never waited for: only the thread that has the turn takes it.
    channel: Mutex<Channel<T>>,
}

fn value<T>(channel: &Channel<T>) -> String {
    let Channel { room, capacity, senders, .. } = channel;
    match senders.len() {
        0 => format!("free {room} of {capacity}"),
        waiting => format!("free {room} of {capacity}, waiting {waiting}"),
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Channel<T>> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step: what `f` does, and what it calls that in words.
    #[track_caller]
    fn step<R>(&self, method: &str, f: impl FnOnce(&mut Channel<T>) -> (R, &'static str)) -> R {
        let text = Some(method.to_owned());
        let turn = announce(Call { text, ..Call::on(Operation::Channel, self.object) });
        let mut channel = self.lock();
        let (result, words) = f(&mut channel);
        if let Some(turn) = turn {
            let free = format!("{}/{} free", channel.room, channel.capacity);
            turn.change(self.object, |object| object.value = Some(value(&channel)));
            turn.done(|step| {
                step.text = Some(words.to_owned());
                step.leaves = Some(free);
            });
        }
        result
    }
}

impl<T> Sender<T> {
    /// Waits for a slot, and sends. A send that is dropped gives up its place in the queue, and its
    /// value is not sent.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is closed or gone.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        name(self.0.object);
        let reserve = Reserve { sender: self, ticket: None };
        async move {
            match reserve.await {
                Ok(()) => {
                    self.send_in_slot(value);
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
        let receiver = self.0.step("try_send", |channel| {
            if channel.closed {
                (Err(TrySendError::Closed(value)), "try_send fails: closed")
            } else if channel.room == 0 {
                (Err(TrySendError::Full(value)), "try_send fails: full")
            } else {
                channel.room -= 1;
                (Ok(channel.push(value)), "try_send")
            }
        })?;
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
        self.0.step("try_reserve", |channel| match (channel.closed, channel.room) {
            (true, _) => (Err(TrySendError::Closed(())), "try_reserve fails: closed"),
            (false, 0) => (Err(TrySendError::Full(())), "try_reserve fails: full"),
            (false, _) => {
                channel.room -= 1;
                (Ok(()), "try_reserve")
            }
        })?;
        Ok(Permit { sender: self })
    }

    /// How many values could be sent now, without waiting.
    #[track_caller]
    pub fn capacity(&self) -> usize {
        self.0.step("capacity", |channel| (channel.room, "capacity"))
    }

    pub fn max_capacity(&self) -> usize {
        self.0.lock().capacity
    }

    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.0.step("is_closed", |channel| (channel.closed, "is_closed"))
    }

    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    #[track_caller]
    fn send_in_slot(&self, value: T) {
        wake(self.0.step("send", |channel| (channel.push(value), "send")));
    }

    #[track_caller]
    fn give_slot_back(&self) {
        let words = "gives its slot back";
        wake(self.0.step(words, |channel| (channel.free_slot(), words)));
    }
}

impl<T> Permit<'_, T> {
    #[track_caller]
    pub fn send(self, value: T) {
        self.sender.send_in_slot(value);
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
        let ticket = self.ticket;
        let (poll, ticket) = self.sender.0.step("asks for a slot to send", |channel| {
            if channel.closed {
                // `close` has emptied the queue, and gives out no slots.
                return ((Poll::Ready(Err(SendError(()))), None), "send fails: closed");
            }
            let Some(ticket) = ticket else {
                if channel.room > 0 {
                    channel.room -= 1;
                    return ((Poll::Ready(Ok(())), None), "gets a slot to send");
                }
                let ticket = channel.next_ticket;
                channel.next_ticket += 1;
                channel.senders.push_back((ticket, cx.waker().clone()));
                return ((Poll::Pending, Some(ticket)), "send waits for a slot");
            };
            match channel.senders.iter_mut().find(|(other, _)| *other == ticket) {
                Some((_, waker)) => {
                    waker.clone_from(cx.waker());
                    ((Poll::Pending, Some(ticket)), "send still waits")
                }
                None => ((Poll::Ready(Ok(())), None), "gets a slot to send"),
            }
        });
        self.ticket = ticket;
        poll
    }
}

impl<T> Drop for Reserve<'_, T> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let next = self.sender.0.step("drops a send that waits", |channel| {
            match channel.senders.iter().position(|(other, _)| *other == ticket) {
                Some(at) => {
                    channel.senders.remove(at);
                    (None, "drops a send that waits")
                }
                None if channel.closed => (None, "drops a send that waits"),
                None => (channel.free_slot(), "drops a send that has a slot"),
            }
        });
        wake(next);
    }
}

impl<T> Receiver<T> {
    /// The next value; `None` once the channel is empty and no sender is left. Cancel-safe.
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    #[track_caller]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (poll, next) = self.0.step("recv", |channel| match channel.values.pop_front() {
            Some(value) => ((Poll::Ready(Some(value)), channel.free_slot()), "recv"),
            None if channel.is_ended() => ((Poll::Ready(None), None), "recv: ended"),
            None => {
                channel.receiver = Some(cx.waker().clone());
                ((Poll::Pending, None), "recv waits")
            }
        });
        wake(next);
        poll
    }

    /// # Errors
    ///
    /// If the channel is empty, or ended.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let (value, next) =
            self.0.step("try_recv", |channel| match channel.values.pop_front() {
                Some(value) => (Ok((value, channel.free_slot())), "try_recv"),
                None if channel.is_ended() => {
                    (Err(TryRecvError::Disconnected), "try_recv fails: ended")
                }
                None => (Err(TryRecvError::Empty), "try_recv fails: empty"),
            })?;
        wake(next);
        Ok(value)
    }

    /// Accepts no more values; those in the channel can still be received.
    #[track_caller]
    pub fn close(&mut self) {
        let senders = self.0.step("close", |channel| {
            channel.closed = true;
            (std::mem::take(&mut channel.senders), "close")
        });
        senders.into_iter().for_each(|(_, waker)| waker.wake());
    }

    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.0.step("is_closed", |channel| (channel.is_ended(), "is_closed"))
    }

    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[track_caller]
    pub fn len(&self) -> usize {
        self.0.step("len", |channel| (channel.values.len(), "len"))
    }

    // As with tokio's, the capacity is the number of free slots.
    #[track_caller]
    pub fn capacity(&self) -> usize {
        self.0.step("capacity", |channel| (channel.room, "capacity"))
    }

    pub fn max_capacity(&self) -> usize {
        self.0.lock().capacity
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.lock().sender_count += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut channel = self.0.lock();
        channel.sender_count -= 1;
        let receiver = if channel.sender_count == 0 { channel.receiver.take() } else { None };
        drop(channel);
        wake(receiver);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut channel = self.0.lock();
        channel.closed = true;
        let values = std::mem::take(&mut channel.values);
        let senders = std::mem::take(&mut channel.senders);
        drop(channel);
        drop(values);
        senders.into_iter().for_each(|(_, waker)| waker.wake());
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
