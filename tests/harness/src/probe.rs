//! Polling by hand: a waker that counts, and a future with such a waker.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use crate::LocalBoxFuture;

/// Makes wakers, and counts how often they are woken.
#[derive(Clone, Debug, Default)]
pub struct Probe(Arc<Count>);

#[derive(Debug, Default)]
struct Count(AtomicUsize);

impl Probe {
    /// One that has counted nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A waker that is counted here.
    pub fn waker(&self) -> Waker {
        Waker::from(self.0.clone())
    }

    /// How often its wakers were woken so far.
    pub fn wakes(&self) -> usize {
        self.0.0.load(SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A future that is polled by hand, outside of any executor.
pub struct Polling<'a, T> {
    future: LocalBoxFuture<'a, T>,
    probe: Probe,
    wakes_at_poll: usize,
}

impl<'a, T> Polling<'a, T> {
    /// Does not poll the future yet.
    pub fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self { future: Box::pin(future), probe: Probe::new(), wakes_at_poll: 0 }
    }

    /// Polls with the waker of the last poll.
    pub fn poll(&mut self) -> Poll<T> {
        self.wakes_at_poll = self.probe.wakes();
        self.future.as_mut().poll(&mut Context::from_waker(&self.probe.waker()))
    }

    /// Polls with a waker that the future has not seen, as a task does that has moved.
    pub fn poll_with_new_waker(&mut self) -> Poll<T> {
        self.probe = Probe::new();
        self.poll()
    }

    /// Polls once with this waker.
    pub fn poll_with(&mut self, waker: &Waker) -> Poll<T> {
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }

    /// How often the waker of the last poll has been woken, also before that poll.
    pub fn wakes(&self) -> usize {
        self.probe.wakes()
    }

    /// Whether the waker of the last poll has been woken since that poll.
    pub fn was_woken(&self) -> bool {
        self.probe.wakes() > self.wakes_at_poll
    }
}
