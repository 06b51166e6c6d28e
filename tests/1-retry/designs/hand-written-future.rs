//! A hand-written `Future` with an enum of states instead of an async block; the budget is
//! mixed-radix (whole tokens and thousandths) under a mutex; the delay is a shift in u128
//! nanoseconds.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ollama::Transient;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::sync::{Mutex, MutexGuard};

#[derive(Clone, Debug)]
pub struct RetryPolicy {
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    pub jitter: bool,
    pub attempt_timeout: Option<Duration>,
}

#[derive(Debug)]
pub enum RetryError<E> {
    Permanent(E),
    Exhausted { attempts: u32, last: E },
    OverBudget { attempts: u32, last: E },
    TimedOut { attempts: u32 },
    Cancelled,
}

impl<E: fmt::Display> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent(error) => write!(f, "will not succeed: {error}"),
            Self::Exhausted { attempts, last } => write!(f, "gave up after {attempts}: {last}"),
            Self::OverBudget { attempts, last } => {
                write!(f, "no budget for another attempt after {attempts}: {last}")
            }
            Self::TimedOut { attempts } => write!(f, "attempt {attempts} took too long"),
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Permanent(e) => Some(e),
            Self::Exhausted { last, .. } | Self::OverBudget { last, .. } => Some(last),
            _ => None,
        }
    }
}

const NANOS: u128 = 1_000_000_000;

fn from_nanos(nanos: u128) -> Duration {
    // Never more than the maximum that it was compared with, so the seconds fit.
    Duration::new((nanos / NANOS) as u64, (nanos % NANOS) as u32)
}

impl RetryPolicy {
    pub fn delay(&self, retry: u32) -> Duration {
        let base = self.base_delay.as_nanos();
        let cap = self.max_delay.as_nanos();
        let shift = retry.saturating_sub(1);
        if base == 0 {
            return Duration::ZERO;
        }
        // Bits would fall out on the left: longer than any duration.
        if shift >= base.leading_zeros() {
            return self.max_delay;
        }
        from_nanos((base << shift).min(cap))
    }
}

#[derive(Debug)]
struct Purse {
    whole: u32,
    thousandths: u32,
}

#[derive(Debug)]
pub struct RetryBudget {
    purse: Mutex<Purse>,
    max: u32,
    whole_per_success: u64,
    thousandths_per_success: u32,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let rate = (f64::from(tokens_per_success) * 1000.0).round() as u64;
        Self {
            purse: Mutex::new(Purse { whole: max_tokens, thousandths: 0 }),
            max: max_tokens,
            whole_per_success: rate / 1000,
            thousandths_per_success: (rate % 1000) as u32,
        }
    }

    fn open(&self) -> MutexGuard<'_, Purse> {
        self.purse.lock().unwrap()
    }

    pub fn try_spend(&self) -> bool {
        let mut purse = self.open();
        match purse.whole.checked_sub(1) {
            Some(rest) => {
                purse.whole = rest;
                true
            }
            None => false,
        }
    }

    pub fn on_success(&self) {
        let mut purse = self.open();
        let sum = purse.thousandths + self.thousandths_per_success;
        let whole = u64::from(purse.whole)
            .saturating_add(self.whole_per_success)
            .saturating_add(u64::from(sum / 1000));
        if whole >= u64::from(self.max) {
            *purse = Purse { whole: self.max, thousandths: 0 };
        } else {
            *purse = Purse { whole: whole as u32, thousandths: sum % 1000 };
        }
    }

    pub fn tokens(&self) -> f32 {
        let purse = self.open();
        (f64::from(purse.whole) + f64::from(purse.thousandths) / 1000.0) as f32
    }
}

enum State<Fut> {
    Begin,
    Attempt(Pin<Box<Fut>>, Option<Pin<Box<Sleep>>>),
    Wait(Pin<Box<Sleep>>),
}

struct Retrying<'a, F, Fut> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    cancel: &'a CancellationToken,
    cancelled: Pin<Box<WaitForCancellationFuture<'a>>>,
    operation: F,
    attempts: u32,
    state: State<Fut>,
}

// Nothing is pinned in place: what must not move is in a box.
impl<F, Fut> Unpin for Retrying<'_, F, Fut> {}

impl<T, E, F, Fut> Retrying<'_, F, Fut>
where
    E: Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    /// What follows a failed attempt; the error is `None` if it timed out.
    fn failed(&mut self, error: Option<E>) -> Result<Duration, RetryError<E>> {
        let attempts = self.attempts;
        let give_up = |over: bool, error: Option<E>| match error {
            None => RetryError::TimedOut { attempts },
            Some(last) if over => RetryError::OverBudget { attempts, last },
            Some(last) => RetryError::Exhausted { attempts, last },
        };
        if attempts >= self.policy.max_attempts.get() {
            return Err(give_up(false, error));
        }
        if !self.budget.try_spend() {
            return Err(give_up(true, error));
        }
        let mut backoff = self.policy.delay(attempts);
        if self.policy.jitter {
            backoff = from_nanos(fastrand::u128(0..=backoff.as_nanos()));
        }
        Ok(match error.and_then(|error| error.retry_after()) {
            Some(asked) if asked > backoff => asked,
            _ => backoff,
        })
    }
}

impl<T, E, F, Fut> Future for Retrying<'_, F, Fut>
where
    E: Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<T, RetryError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.state {
                State::Begin => {
                    if this.cancel.is_cancelled() {
                        return Poll::Ready(Err(RetryError::Cancelled));
                    }
                    this.attempts += 1;
                    let attempt = Box::pin((this.operation)(this.attempts));
                    let limit = this.policy.attempt_timeout.map(|limit| Box::pin(sleep(limit)));
                    this.state = State::Attempt(attempt, limit);
                }
                State::Attempt(attempt, limit) => {
                    let error = match attempt.as_mut().poll(cx) {
                        Poll::Ready(Ok(value)) => {
                            this.budget.on_success();
                            return Poll::Ready(Ok(value));
                        }
                        Poll::Ready(Err(error)) if !error.is_transient() => {
                            return Poll::Ready(Err(RetryError::Permanent(error)));
                        }
                        Poll::Ready(Err(error)) => Some(error),
                        Poll::Pending => {
                            let up = limit.as_mut().is_some_and(|l| l.as_mut().poll(cx).is_ready());
                            if !up {
                                ready!(this.cancelled.as_mut().poll(cx));
                                return Poll::Ready(Err(RetryError::Cancelled));
                            }
                            None
                        }
                    };
                    // This drops the attempt, and its limit.
                    this.state = State::Begin;
                    match this.failed(error) {
                        Ok(wait) => this.state = State::Wait(Box::pin(sleep(wait))),
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
                State::Wait(wait) => {
                    if this.cancelled.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(Err(RetryError::Cancelled));
                    }
                    ready!(wait.as_mut().poll(cx));
                    this.state = State::Begin;
                }
            }
        }
    }
}

pub async fn retry<T, E, F, Fut>(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    cancel: &CancellationToken,
    operation: F,
) -> Result<T, RetryError<E>>
where
    E: Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    Retrying {
        policy,
        budget,
        cancel,
        cancelled: Box::pin(cancel.cancelled()),
        operation,
        attempts: 0,
        state: State::Begin,
    }
    .await
}
