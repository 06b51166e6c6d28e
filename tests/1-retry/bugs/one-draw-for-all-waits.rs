//! What part of the delay to wait is drawn once for a call.
//! Caught by: `jitter_is_uniform_and_drawn_anew`
//!
//! All waits of a call are the same part of their delay.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicU64, Ordering};

/// How often to try, and how long to wait in between.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// With the first one.
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    /// Wait for a random part of the delay, so that clients that failed together do not
    /// come back together.
    pub jitter: bool,
    /// An attempt that takes longer is given up, and counts as a transient failure.
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    /// The most to wait before the `retry`-th retry, from 1: the base, doubled each time,
    /// up to the maximum.
    pub fn delay(&self, retry: u32) -> Duration {
        let mut delay = self.base_delay;
        // Ends after some ninety doublings: then the longest `Duration` is reached.
        for _ in 1..retry {
            if delay.is_zero() || delay >= self.max_delay {
                break;
            }
            delay = delay.saturating_mul(2);
        }
        delay.min(self.max_delay)
    }

    fn backoff(&self, retry: u32, part: f64) -> Duration {
        let delay = self.delay(retry);
        if self.jitter { delay.mul_f64(part) } else { delay }
    }
}

const THOUSANDTHS: u64 = 1000;

/// Tokens for retries, shared by all calls to one service: when most of them fail, they
/// stop making it worse.
#[derive(Debug)]
pub struct RetryBudget {
    /// In thousandths. It guards no other memory, so `Relaxed` is enough everywhere: each
    /// change is one read-modify-write, and those of one atomic have one order.
    tokens: AtomicU64,
    max: u64,
    per_success: u64,
}

impl RetryBudget {
    /// A full budget. A success gives back a part of a token, to the nearest thousandth.
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = u64::from(max_tokens) * THOUSANDTHS;
        let per_success = (f64::from(tokens_per_success) * THOUSANDTHS as f64).round() as u64;
        Self { tokens: AtomicU64::new(max), max, per_success }
    }

    /// Takes one token for one retry, if there is one.
    pub fn try_spend(&self) -> bool {
        let spend = |tokens: u64| tokens.checked_sub(THOUSANDTHS);
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }

    /// Gives back what a success is worth, up to the maximum.
    pub fn on_success(&self) {
        let fill = |tokens: u64| Some(tokens.saturating_add(self.per_success).min(self.max));
        // It always has a next value.
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fill);
    }

    pub fn tokens(&self) -> f32 {
        self.tokens.load(Ordering::Relaxed) as f32 / THOUSANDTHS as f32
    }
}

/// Why [`retry`] gave up. `attempts` is how many were made.
#[derive(Debug)]
pub enum RetryError<E> {
    /// Another attempt would fail in the same way.
    Permanent(E),
    /// All attempts failed.
    Exhausted {
        attempts: u32,
        last: E,
    },
    /// The budget had no token for another one.
    OverBudget {
        attempts: u32,
        last: E,
    },
    /// There was no other attempt, and the last one took too long.
    TimedOut {
        attempts: u32,
    },
    Cancelled,
}

impl<E: fmt::Display> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent(error) => write!(f, "{error}"),
            Self::Exhausted { attempts, last } => write!(f, "{last}, after {attempts} attempts"),
            Self::OverBudget { attempts, last } => {
                write!(f, "{last}, after {attempts} attempts; the retry budget is spent")
            }
            Self::TimedOut { attempts } => write!(f, "timed out, after {attempts} attempts"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Permanent(error)
            | Self::Exhausted { last: error, .. }
            | Self::OverBudget { last: error, .. } => Some(error),
            Self::TimedOut { .. } | Self::Cancelled => None,
        }
    }
}

/// Calls `operation`, with the attempt's number from 1, until it succeeds, fails for good,
/// or nothing allows another attempt.
///
/// Dropping the future drops the attempt that is under way; a token that was spent for it
/// stays spent.
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
    let part = fastrand::f64();
    let mut attempts = 0;
    loop {
        // Asked here as well as in the waits below: an attempt may fail and a wait be over
        // without ever being pending.
        if cancel.is_cancelled() {
            return Err(RetryError::Cancelled);
        }
        attempts += 1;
        let outcome = tokio::select! {
            // A result that is there is not thrown away.
            biased;
            outcome = within(policy.attempt_timeout, operation(attempts)) => outcome,
            () = cancel.cancelled() => return Err(RetryError::Cancelled),
        };
        let failure = match outcome {
            Some(Ok(value)) => {
                budget.on_success();
                return Ok(value);
            }
            Some(Err(error)) if !error.is_transient() => return Err(RetryError::Permanent(error)),
            Some(Err(error)) => Some(error),
            None => None,
        };
        let exhausted = attempts == policy.max_attempts.get();
        if exhausted || !budget.try_spend() {
            return Err(match failure {
                Some(last) if exhausted => RetryError::Exhausted { attempts, last },
                Some(last) => RetryError::OverBudget { attempts, last },
                None => RetryError::TimedOut { attempts },
            });
        }
        let asked_for = failure.and_then(|error| error.retry_after()).unwrap_or_default();
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(RetryError::Cancelled),
            () = sleep(policy.backoff(attempts, part).max(asked_for)) => {}
        }
    }
}

/// The result of an attempt, or `None` if it took too long. The attempt is gone either way.
async fn within<Fut: Future>(limit: Option<Duration>, attempt: Fut) -> Option<Fut::Output> {
    match limit {
        Some(limit) => timeout(limit, attempt).await.ok(),
        None => Some(attempt.await),
    }
}
