//! `tokio::sync::mpsc`: shuttle's channels, with places in a bounded channel as in tokio.
//!
//! In shuttle's tokio, no other task runs between `reserve` and the `send` of its permit, and a
//! value that is sent after the channel was closed is dropped. In tokio, the channel may be closed
//! between the two, and the value is still put into it: `recv` waits for it, and where nobody
//! receives any more, it stays until the channel is gone.

use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use explorer::seeded::{switch_point, timeline};
use shuttle_tokio::sync::mpsc;

pub use mpsc::{UnboundedReceiver, UnboundedSender, error, unbounded_channel};

use error::{SendError, TryRecvError, TrySendError};

/// A bounded channel.
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(buffer);
    let places = Places::default();
    (Sender { inner: sender, places: places.clone() }, Receiver { inner: receiver, places })
}

/// The places that are reserved, and what was sent to them after the channel was closed.
struct Places<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    closed: bool,
    reserved: usize,
    late: VecDeque<T>,
    /// Set while the receiver waits for the places that are still reserved.
    receiver: Option<Waker>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        let (late, receiver) = Default::default();
        Self(Arc::new(Mutex::new(State { closed: false, reserved: 0, late, receiver })))
    }
}

impl<T> Clone for Places<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Places<T> {
    /// No other task runs while this lock is held, and no code of the answer.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` if the channel was closed.
    fn reserve(&self) -> Option<Place<T>> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.reserved += 1;
        Some(Place(self.clone()))
    }

    fn change(&self, change: impl FnOnce(&mut State<T>)) {
        let mut state = self.lock();
        change(&mut state);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }
}

/// A reserved place.
struct Place<T>(Places<T>);

impl<T> Place<T> {
    /// Another task may run before this. Returns the value if it is for the channel itself, which
    /// is still open.
    fn send(&self, value: T, at: &Location<'_>) -> Option<T> {
        switch_point();
        if !self.0.lock().closed {
            return Some(value);
        }
        timeline::note_of_task(at, || "sends into a closed channel, where it stays".to_owned());
        self.0.change(|state| state.late.push_back(value));
        None
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        self.0.change(|state| state.reserved -= 1);
    }
}

/// The sending half of a bounded channel.
pub struct Sender<T> {
    inner: mpsc::Sender<T>,
    places: Places<T>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), places: self.places.clone() }
    }
}

impl<T> Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.inner, f)
    }
}

impl<T> Sender<T> {
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.inner.send(value).await
    }

    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.inner.try_send(value)
    }

    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        self.inner.blocking_send(value)
    }

    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        let inner = self.inner.reserve().await?;
        let place = self.places.reserve().ok_or(SendError(()))?;
        Ok(Permit { inner, place })
    }

    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        let inner = self.inner.try_reserve()?;
        let place = self.places.reserve().ok_or(TrySendError::Closed(()))?;
        Ok(Permit { inner, place })
    }

    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        let Self { inner, places } = self;
        let inner = inner.reserve_owned().await?;
        let place = places.reserve().ok_or(SendError(()))?;
        Ok(OwnedPermit { inner, place })
    }

    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        let Self { inner, places } = self;
        let inner = match inner.try_reserve_owned() {
            Ok(inner) => inner,
            Err(TrySendError::Full(inner)) => {
                return Err(TrySendError::Full(Self { inner, places }));
            }
            Err(TrySendError::Closed(inner)) => {
                return Err(TrySendError::Closed(Self { inner, places }));
            }
        };
        match places.reserve() {
            Some(place) => Ok(OwnedPermit { inner, place }),
            None => Err(TrySendError::Closed(Self { inner: inner.release(), places })),
        }
    }

    pub async fn closed(&self) {
        self.inner.closed().await;
    }

    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    pub fn capacity(&self) -> usize {
        self.inner.capacity()
    }

    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }
}

/// A reserved place in a bounded channel.
pub struct Permit<'a, T> {
    inner: mpsc::Permit<'a, T>,
    place: Place<T>,
}

impl<T> Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.inner, f)
    }
}

impl<T> Permit<'_, T> {
    #[track_caller]
    pub fn send(self, value: T) {
        if let Some(value) = self.place.send(value, Location::caller()) {
            self.inner.send(value);
        }
    }
}

/// A reserved place, with the sender that it was reserved by.
pub struct OwnedPermit<T> {
    inner: mpsc::OwnedPermit<T>,
    place: Place<T>,
}

impl<T> Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.inner, f)
    }
}

impl<T> OwnedPermit<T> {
    #[track_caller]
    pub fn send(self, value: T) -> Sender<T> {
        let Self { inner, place } = self;
        let places = place.0.clone();
        let inner = match place.send(value, Location::caller()) {
            Some(value) => inner.send(value),
            None => inner.release(),
        };
        Sender { inner, places }
    }

    pub fn release(self) -> Sender<T> {
        let Self { inner, place } = self;
        Sender { inner: inner.release(), places: place.0.clone() }
    }

    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.inner.same_channel_as_sender(&sender.inner)
    }
}

/// The receiving half of a bounded channel.
pub struct Receiver<T> {
    inner: mpsc::Receiver<T>,
    places: Places<T>,
}

impl<T> Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.inner, f)
    }
}

impl<T> Receiver<T> {
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.inner.try_recv() {
            Err(TryRecvError::Disconnected) => {}
            other => return other,
        }
        let mut state = self.places.lock();
        match state.late.pop_front() {
            Some(value) => Ok(value),
            None if state.reserved > 0 => Err(TryRecvError::Empty),
            None => Err(TryRecvError::Disconnected),
        }
    }

    pub fn blocking_recv(&mut self) -> Option<T> {
        self.inner.blocking_recv()
    }

    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match self.inner.poll_recv(cx) {
            Poll::Ready(None) => {}
            other => return other,
        }
        let waker = cx.waker().clone();
        let mut state = self.places.lock();
        match state.late.pop_front() {
            None if state.reserved > 0 => {
                state.receiver = Some(waker);
                Poll::Pending
            }
            late => Poll::Ready(late),
        }
    }

    pub fn close(&mut self) {
        self.places.lock().closed = true;
        self.inner.close();
    }

    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.inner.len() + self.places.lock().late.len()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.close();
        let late = std::mem::take(&mut self.places.lock().late);
        drop(late);
    }
}
