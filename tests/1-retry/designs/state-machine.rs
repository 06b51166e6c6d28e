//! A hand-written state machine, polled through `poll_fn`. No `select!`, no `timeout`.
//!
//! The budget counts the tokens that are spent, so a full budget is zero; `compare_exchange_weak` in a loop.

use std::error;
use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Clone, Debug)]
pub struct RetryPolicy {
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    pub jitter: bool,
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    /// `min(max_delay, base_delay * 2^(retry - 1))`
    pub fn delay(&self, retry: u32) -> Duration {
        let mut delay = self.base_delay.min(self.max_delay);
        let mut doublings = retry.max(1) - 1;
        while doublings > 0 && !delay.is_zero() && delay < self.max_delay {
            let step = doublings.min(31);
            delay = delay.saturating_mul(1 << step).min(self.max_delay);
            doublings -= step;
        }
        delay
    }

    fn wait(&self, retry: u32, at_least: Option<Duration>) -> Duration {
        let mut backoff = self.delay(retry);
        if self.jitter {
            let nanos = fastrand::u128(0..=backoff.as_nanos());
            backoff = Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32);
        }
        match at_least {
            Some(at_least) if at_least > backoff => at_least,
            _ => backoff,
        }
    }
}

pub struct RetryBudget {
    /// In thousandths of a token, like the other fields.
    spent: AtomicU64,
    max: u64,
    refund: u64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        Self {
            spent: AtomicU64::new(0),
            max: 1000 * u64::from(max_tokens),
            refund: (1000.0 * f64::from(tokens_per_success)).round() as u64,
        }
    }

    pub fn try_spend(&self) -> bool {
        let mut spent = self.spent.load(Relaxed);
        while self.max - spent >= 1000 {
            match self.spent.compare_exchange_weak(spent, spent + 1000, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(now) => spent = now,
            }
        }
        false
    }

    pub fn on_success(&self) {
        let mut spent = self.spent.load(Relaxed);
        while let Err(now) = self.spent.compare_exchange_weak(
            spent,
            spent.saturating_sub(self.refund),
            Relaxed,
            Relaxed,
        ) {
            spent = now;
        }
    }

    pub fn tokens(&self) -> f32 {
        let thousandths = self.max - self.spent.load(Relaxed);
        (thousandths as f64 / 1000.0) as f32
    }
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
            Self::Permanent(e) => write!(f, "permanent error: {e}"),
            Self::Exhausted { attempts, last } => write!(f, "{attempts} attempts failed: {last}"),
            Self::OverBudget { attempts, last } => {
                write!(f, "over budget at attempt {attempts}: {last}")
            }
            Self::TimedOut { attempts } => write!(f, "attempt {attempts} timed out"),
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl<E: error::Error + 'static> error::Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Permanent(e) => Some(e),
            Self::Exhausted { last: e, .. } => Some(e),
            Self::OverBudget { last: e, .. } => Some(e),
            Self::TimedOut { .. } => None,
            Self::Cancelled => None,
        }
    }
}

enum State<Fut> {
    Idle,
    Trying { attempt: Pin<Box<Fut>>, limit: Option<Pin<Box<Sleep>>> },
    Waiting(Pin<Box<Sleep>>),
}

struct Machine<'a, F, Fut> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    cancel: &'a CancellationToken,
    operation: F,
    /// Attempts made so far, including the current one.
    attempts: u32,
    state: State<Fut>,
}

impl<T, E, F, Fut> Machine<'_, F, Fut>
where
    E: ollama::Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut cancelled: Pin<&mut impl Future>,
    ) -> Poll<Result<T, RetryError<E>>> {
        loop {
            match &mut self.state {
                State::Idle => {
                    if self.cancel.is_cancelled() {
                        return Poll::Ready(Err(RetryError::Cancelled));
                    }
                    self.attempts += 1;
                    let limit = self.policy.attempt_timeout.map(|limit| Box::pin(sleep(limit)));
                    let attempt = Box::pin((self.operation)(self.attempts));
                    self.state = State::Trying { attempt, limit };
                }
                State::Trying { attempt, limit } => {
                    let outcome = if let Poll::Ready(result) = attempt.as_mut().poll(cx) {
                        Some(result)
                    } else if limit.as_mut().is_some_and(|limit| limit.as_mut().poll(cx).is_ready())
                    {
                        None
                    } else if cancelled.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(Err(RetryError::Cancelled));
                    } else {
                        return Poll::Pending;
                    };
                    self.state = State::Idle;
                    match self.judge(outcome) {
                        Ok(wait) => self.state = State::Waiting(Box::pin(sleep(wait))),
                        Err(done) => return Poll::Ready(done),
                    }
                }
                State::Waiting(wait) => {
                    if cancelled.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(Err(RetryError::Cancelled));
                    }
                    ready!(wait.as_mut().poll(cx));
                    self.state = State::Idle;
                }
            }
        }
    }

    /// How long to wait before the next attempt, or what to return if there is none.
    fn judge(&self, outcome: Option<Result<T, E>>) -> Result<Duration, Result<T, RetryError<E>>> {
        let attempts = self.attempts;
        let exhausted = attempts == self.policy.max_attempts.get();
        match outcome {
            Some(Ok(value)) => {
                self.budget.on_success();
                Err(Ok(value))
            }
            Some(Err(error)) => {
                if !error.is_transient() {
                    Err(Err(RetryError::Permanent(error)))
                } else if exhausted {
                    Err(Err(RetryError::Exhausted { attempts, last: error }))
                } else if !self.budget.try_spend() {
                    Err(Err(RetryError::OverBudget { attempts, last: error }))
                } else {
                    Ok(self.policy.wait(attempts, error.retry_after()))
                }
            }
            None if exhausted || !self.budget.try_spend() => {
                Err(Err(RetryError::TimedOut { attempts }))
            }
            None => Ok(self.policy.wait(attempts, None)),
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
    E: ollama::Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let mut machine =
        Machine { policy, budget, cancel, operation, attempts: 0, state: State::Idle };
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| machine.poll(cx, cancelled.as_mut())).await
}
