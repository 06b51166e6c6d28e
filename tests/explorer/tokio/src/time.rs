//! `tokio::time`: shuttle's, and sleeps and time limits that a model's [`Clock`] ends.
//!
//! Without a clock it is as in shuttle's tokio: a sleep of less than a year ends at once, and no
//! time limit is ever reached.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, EnterGuard, Runtime};

pub use shuttle_tokio::time::*;

thread_local! {
    /// What sleeps while there is a clock, by the time at which it ends and a number.
    static SLEEPERS: RefCell<Option<Sleepers>> = const { RefCell::new(None) };
    /// Its time is that of `Instant::now()`.
    static RUNTIME: &'static Runtime = Box::leak(Box::new(paused()));
}

#[derive(Default)]
struct Sleepers {
    wakers: BTreeMap<(Instant, u64), Waker>,
    last: u64,
}

fn paused() -> Runtime {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("it needs nothing of the system")
}

fn with_sleepers<R>(f: impl FnOnce(&mut Sleepers) -> R) -> Option<R> {
    SLEEPERS.with_borrow_mut(|sleepers| sleepers.as_mut().map(f))
}

/// The time of one schedule of a model. It stands still until the model moves it on.
#[must_use]
pub struct Clock {
    start: Instant,
    _entered: EnterGuard<'static>,
}

impl Clock {
    /// There is one clock at a time.
    pub fn start() -> Self {
        SLEEPERS.set(Some(Sleepers::default()));
        let entered = RUNTIME.with(|runtime| runtime.enter());
        Self { start: Instant::now(), _entered: entered }
    }

    /// How long it is since the start.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Moves on to the next moment at which something ends that sleeps, and wakes all that does.
    /// Returns whether there is one.
    pub fn move_on(&self) -> bool {
        let next = with_sleepers(|sleepers| sleepers.wakers.keys().next().copied());
        let Some((next, _)) = next.flatten() else { return false };
        let advance = is_pending(tokio::time::advance(next - Instant::now()));
        debug_assert!(advance, "it sets the time, and then lets others run");
        let woken = with_sleepers(|sleepers| {
            let later = sleepers.wakers.split_off(&(next, u64::MAX));
            mem::replace(&mut sleepers.wakers, later)
        });
        woken.into_iter().flatten().for_each(|(_, waker)| waker.wake());
        true
    }
}

/// Polls a future once; returns whether it is still pending.
fn is_pending(future: impl Future) -> bool {
    let mut future = std::pin::pin!(future);
    future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

impl Drop for Clock {
    fn drop(&mut self) {
        // Dropped when the borrow is over: a waker may own what sleeps.
        let sleepers = SLEEPERS.take();
        drop(sleepers);
    }
}

impl Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}

/// Waits until a time has passed.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(after(duration))
}

/// Waits until a moment.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, number: None }
}

/// As in tokio, what is too far away is in about thirty years.
fn after(duration: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(duration).unwrap_or_else(|| now + Duration::from_secs(86_400 * 365 * 30))
}

/// The future of [`sleep`].
#[derive(Debug)]
#[must_use]
pub struct Sleep {
    deadline: Instant,
    /// Under which it waits for the clock.
    number: Option<u64>,
}

impl Sleep {
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    pub fn is_elapsed(&self) -> bool {
        self.deadline <= Instant::now()
    }

    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let sleep = self.get_mut();
        let waker = sleep.leave();
        sleep.deadline = deadline;
        // As in tokio, whoever waits for it goes on to wait.
        if let Some(waker) = waker {
            sleep.enter(waker);
        }
    }

    fn enter(&mut self, waker: Waker) {
        self.number = with_sleepers(|sleepers| {
            sleepers.last += 1;
            sleepers.wakers.insert((self.deadline, sleepers.last), waker);
            sleepers.last
        });
    }

    fn leave(&mut self) -> Option<Waker> {
        let number = self.number.take()?;
        with_sleepers(|sleepers| sleepers.wakers.remove(&(self.deadline, number))).flatten()
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if with_sleepers(|_| ()).is_none() {
            return poll_as_in_shuttle(self.deadline, cx);
        }
        let old = self.leave();
        drop(old);
        if self.is_elapsed() {
            return Poll::Ready(());
        }
        self.enter(cx.waker().clone());
        Poll::Pending
    }
}

fn poll_as_in_shuttle(deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
    std::pin::pin!(shuttle_tokio::time::sleep_until(deadline)).poll(cx)
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let waker = self.leave();
        drop(waker);
    }
}

/// Waits for a future, for no longer than a time.
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    timeout_at(after(duration), future)
}

/// Waits for a future until a moment.
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: Box::pin(future.into_future()), limit: sleep_until(deadline) }
}

/// The future of [`timeout`].
#[must_use]
pub struct Timeout<F> {
    future: Pin<Box<F>>,
    limit: Sleep,
}

impl<F: Debug> Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("future", &self.future).finish_non_exhaustive()
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, error::Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if with_sleepers(|_| ()).is_none() {
            return Poll::Pending;
        }
        Pin::new(&mut self.limit).poll(cx).map(|()| Err(error::Elapsed::new()))
    }
}
