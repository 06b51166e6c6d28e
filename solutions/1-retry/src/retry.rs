//! Retry with exponential backoff, full jitter and a budget.
//!
//! The loop in [`retry`] asks its questions in this order: is the call cancelled, did the
//! attempt succeed, is its error transient, is an attempt left, does the budget have a
//! token? Everything that takes time is raced against the cancellation.

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
    /// Including the first one.
    pub max_attempts: NonZeroU32,
    /// The delay before the first retry.
    pub base_delay: Duration,
    /// No delay is longer than this.
    pub max_delay: Duration,
    /// Wait for a random part of each delay, so that clients that failed at the same time
    /// do not retry at the same time.
    pub jitter: bool,
    /// An attempt that takes longer is dropped, and counts as a transient failure.
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    /// The longest backoff before retry number `retry`, counted from 1: the base delay,
    /// doubled for each further retry, up to the maximum.
    pub fn delay(&self, retry: u32) -> Duration {
        let mut delay = self.base_delay;
        // At most 94 doublings: then the longest `Duration` is reached.
        for _ in 1..retry {
            if delay.is_zero() || delay >= self.max_delay {
                break;
            }
            delay = delay.saturating_mul(2);
        }
        delay.min(self.max_delay)
    }

    fn backoff(&self, retry: u32) -> Duration {
        let delay = self.delay(retry);
        if self.jitter { delay.mul_f64(fastrand::f64()) } else { delay }
    }
}

const THOUSANDTHS: u64 = 1000;

/// Tokens for retries, shared by all calls to one service: when most calls fail, the
/// budget runs out, and retries no longer add to the load.
#[derive(Debug)]
pub struct RetryBudget {
    /// In thousandths. The count guards no other memory, so `Relaxed` is enough: every
    /// change is one read-modify-write, and all changes to one atomic have one order.
    tokens: AtomicU64,
    max: u64,
    per_success: u64,
}

impl RetryBudget {
    /// Starts full. `tokens_per_success` is rounded to the nearest thousandth.
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = u64::from(max_tokens) * THOUSANDTHS;
        let per_success = (f64::from(tokens_per_success) * THOUSANDTHS as f64).round() as u64;
        Self { tokens: AtomicU64::new(max), max, per_success }
    }

    /// Takes one token for one retry. Returns `false` if less than one is left.
    pub fn try_spend(&self) -> bool {
        let spend = |tokens: u64| tokens.checked_sub(THOUSANDTHS);
        self.tokens.try_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }

    /// Adds `tokens_per_success`, up to the maximum.
    pub fn on_success(&self) {
        let fill = |tokens: u64| tokens.saturating_add(self.per_success).min(self.max);
        self.tokens.update(Ordering::Relaxed, Ordering::Relaxed, fill);
    }

    /// The number of tokens that are left.
    pub fn tokens(&self) -> f32 {
        self.tokens.load(Ordering::Relaxed) as f32 / THOUSANDTHS as f32
    }
}

/// Why [`retry`] gave up. `attempts` is the number of attempts made.
#[derive(Debug)]
pub enum RetryError<E> {
    /// Another attempt would fail in the same way.
    Permanent(E),
    /// The last attempt that the policy allows failed.
    Exhausted { attempts: u32, last: E },
    /// The budget had no token for another attempt.
    OverBudget { attempts: u32, last: E },
    /// The last attempt timed out, and neither policy nor budget allowed another one.
    TimedOut { attempts: u32 },
    /// The caller cancelled the call.
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

/// Calls `operation` with the number of the attempt, from 1, until it succeeds, fails
/// permanently, or no further attempt is allowed.
///
/// Dropping the future drops the current attempt. A token that was spent for a retry stays
/// spent.
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
    let mut attempts = 0;
    loop {
        // The `select!` below polls the attempt first, so it would start one even though
        // the call is cancelled.
        if cancel.is_cancelled() {
            return Err(RetryError::Cancelled);
        }
        attempts += 1;
        let outcome = tokio::select! {
            // A result that is ready is returned, even if the call is cancelled meanwhile.
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
            () = sleep(policy.backoff(attempts).max(asked_for)) => {}
        }
    }
}

/// The result of an attempt, or `None` if it timed out. The attempt is dropped either way.
async fn within<Fut: Future>(limit: Option<Duration>, attempt: Fut) -> Option<Fut::Output> {
    match limit {
        Some(limit) => timeout(limit, attempt).await.ok(),
        None => Some(attempt.await),
    }
}
