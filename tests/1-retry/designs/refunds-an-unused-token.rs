//! A token that was spent for a retry is a guard: if the call is cancelled or dropped before the retry begins, the token goes
//! back to the budget.
//!
//! Cancellation is an error that `?` passes on. The budget counts in a signed integer.

use std::error::Error;
use std::fmt;
use std::mem;
use std::num::NonZeroU32;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicI64, Ordering};

#[derive(Clone, Debug)]
pub struct RetryPolicy {
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    pub jitter: bool,
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    pub fn delay(&self, retry: u32) -> Duration {
        let doublings = retry.saturating_sub(1);
        // After 94 doublings, every `Duration` but zero exceeds the longest one.
        (0..doublings.min(94))
            .fold(self.base_delay, |delay, _| delay.saturating_mul(2))
            .min(self.max_delay)
    }

    fn backoff(&self, retry: u32) -> Duration {
        let delay = self.delay(retry);
        if self.jitter { delay.mul_f64(fastrand::f64()) } else { delay }
    }
}

const TOKEN: i64 = 1000;

#[derive(Debug)]
pub struct RetryBudget {
    /// In thousandths of a token, like the other fields.
    tokens: AtomicI64,
    max: i64,
    per_success: i64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = i64::from(max_tokens) * TOKEN;
        let per_success = (f64::from(tokens_per_success) * TOKEN as f64).round() as i64;
        Self { tokens: AtomicI64::new(max), max, per_success }
    }

    pub fn try_spend(&self) -> bool {
        self.change(|tokens| (tokens >= TOKEN).then(|| tokens - TOKEN))
    }

    pub fn on_success(&self) {
        self.add(self.per_success);
    }

    pub fn tokens(&self) -> f32 {
        self.tokens.load(Ordering::Acquire) as f32 / TOKEN as f32
    }

    fn add(&self, amount: i64) {
        self.change(|tokens| Some(tokens.saturating_add(amount).min(self.max)));
    }

    fn change(&self, change: impl Fn(i64) -> Option<i64>) -> bool {
        self.tokens.try_update(Ordering::AcqRel, Ordering::Acquire, change).is_ok()
    }

    fn spend(&self) -> Option<Token<'_>> {
        self.try_spend().then(|| Token { budget: self })
    }
}

/// A token that was spent for a retry. It goes back to the budget when it is dropped unused.
struct Token<'a> {
    budget: &'a RetryBudget,
}

impl Token<'_> {
    fn use_up(self) {
        mem::forget(self);
    }
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        self.budget.add(TOKEN);
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
            Self::Permanent(error) => write!(f, "permanent failure: {error}"),
            Self::Exhausted { attempts, last } => write!(f, "attempt {attempts} failed: {last}"),
            Self::OverBudget { attempts, last } => {
                write!(f, "attempt {attempts} failed, and the budget is empty: {last}")
            }
            Self::TimedOut { attempts } => write!(f, "attempt {attempts} timed out"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Permanent(error) => Some(error),
            Self::Exhausted { last, .. } | Self::OverBudget { last, .. } => Some(last),
            Self::TimedOut { .. } | Self::Cancelled => None,
        }
    }
}

pub async fn retry<T, E, F, Fut>(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    cancel: &CancellationToken,
    mut operation: F,
) -> Result<T, RetryError<E>>
where
    E: Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    for attempts in 1.. {
        if cancel.is_cancelled() {
            return Err(RetryError::Cancelled);
        }
        let attempt = limited(policy.attempt_timeout, operation(attempts));
        // The error of the attempt, or `None` if it timed out.
        let failure = match unless_cancelled(cancel, attempt).await? {
            Some(Ok(value)) => {
                budget.on_success();
                return Ok(value);
            }
            Some(Err(error)) if !error.is_transient() => return Err(RetryError::Permanent(error)),
            Some(Err(error)) => Some(error),
            None => None,
        };

        if attempts == policy.max_attempts.get() {
            return Err(match failure {
                Some(last) => RetryError::Exhausted { attempts, last },
                None => RetryError::TimedOut { attempts },
            });
        }
        let Some(token) = budget.spend() else {
            return Err(match failure {
                Some(last) => RetryError::OverBudget { attempts, last },
                None => RetryError::TimedOut { attempts },
            });
        };

        let retry_after = failure.and_then(|error| error.retry_after()).unwrap_or_default();
        unless_cancelled(cancel, sleep(policy.backoff(attempts).max(retry_after))).await?;
        token.use_up();
    }
    unreachable!("attempt `max_attempts` is the last one")
}

/// The output of the future. If the call is cancelled first, the future is dropped.
async fn unless_cancelled<F: Future, E>(
    cancel: &CancellationToken,
    future: F,
) -> Result<F::Output, RetryError<E>> {
    tokio::select! {
        biased;
        output = future => Ok(output),
        () = cancel.cancelled() => Err(RetryError::Cancelled),
    }
}

async fn limited<F: Future>(limit: Option<Duration>, attempt: F) -> Option<F::Output> {
    match limit {
        Some(limit) => timeout(limit, attempt).await.ok(),
        None => Some(attempt.await),
    }
}
