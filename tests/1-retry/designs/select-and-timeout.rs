//! The straightforward design: a loop, `tokio::select!` with `biased`, and `tokio::time::timeout`.
//!
//! The budget is an atomic count of thousandths, changed by `try_update` and `update`.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use ollama::Transient;
use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicU64, Ordering};

/// When and how often to try again.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    pub jitter: bool,
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    /// The longest backoff before the given retry; the first retry is number 1.
    pub fn delay(&self, retry: u32) -> Duration {
        let base = self.base_delay.as_nanos();
        let cap = self.max_delay.as_nanos();
        let doublings = retry.saturating_sub(1);
        // `base << doublings` may not fit, but `cap >> doublings` always does.
        if base > cap.checked_shr(doublings).unwrap_or(0) {
            self.max_delay
        } else if base == 0 {
            Duration::ZERO
        } else {
            duration_from_nanos(base << doublings)
        }
    }

    fn backoff(&self, retry: u32) -> Duration {
        let bound = self.delay(retry);
        if !self.jitter {
            return bound;
        }
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(fastrand::u64(0..=millis))
    }
}

fn duration_from_nanos(nanos: u128) -> Duration {
    const PER_SECOND: u128 = 1_000_000_000;
    Duration::new((nanos / PER_SECOND) as u64, (nanos % PER_SECOND) as u32)
}

/// Tokens that retries spend and successes earn.
#[derive(Debug)]
pub struct RetryBudget {
    thousandths: AtomicU64,
    max: u64,
    per_success: u64,
}

const TOKEN: u64 = 1000;

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = u64::from(max_tokens) * TOKEN;
        RetryBudget {
            thousandths: AtomicU64::new(max),
            max,
            per_success: (f64::from(tokens_per_success) * TOKEN as f64).round() as u64,
        }
    }

    pub fn try_spend(&self) -> bool {
        self.thousandths
            .try_update(Ordering::AcqRel, Ordering::Acquire, |now| now.checked_sub(TOKEN))
            .is_ok()
    }

    pub fn on_success(&self) {
        let earn = |now: u64| now.saturating_add(self.per_success).min(self.max);
        self.thousandths.update(Ordering::AcqRel, Ordering::Acquire, earn);
    }

    pub fn tokens(&self) -> f32 {
        (self.thousandths.load(Ordering::Acquire) as f64 / TOKEN as f64) as f32
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
            RetryError::Permanent(error) => write!(f, "not worth another attempt: {error}"),
            RetryError::Exhausted { attempts, last } => {
                write!(f, "gave up after {attempts} attempts: {last}")
            }
            RetryError::OverBudget { attempts, last } => {
                write!(f, "no budget for another attempt after {attempts}: {last}")
            }
            RetryError::TimedOut { attempts } => {
                write!(f, "gave up after {attempts} attempts: the last one timed out")
            }
            RetryError::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RetryError::Permanent(error) => Some(error),
            RetryError::Exhausted { last, .. } | RetryError::OverBudget { last, .. } => Some(last),
            RetryError::TimedOut { .. } | RetryError::Cancelled => None,
        }
    }
}

/// Calls `operation` until it succeeds, fails permanently, or must not be called again.
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
    let mut attempt = 1;
    loop {
        if cancel.is_cancelled() {
            return Err(RetryError::Cancelled);
        }

        let result = tokio::select! {
            biased;
            result = limited(policy.attempt_timeout, operation(attempt)) => result,
            () = cancel.cancelled() => return Err(RetryError::Cancelled),
        };
        // `None` is an attempt that timed out.
        let error = match result {
            Some(Ok(value)) => {
                budget.on_success();
                return Ok(value);
            }
            Some(Err(error)) if !error.is_transient() => return Err(RetryError::Permanent(error)),
            Some(Err(error)) => Some(error),
            None => None,
        };

        if attempt >= policy.max_attempts.get() {
            return Err(match error {
                Some(last) => RetryError::Exhausted { attempts: attempt, last },
                None => RetryError::TimedOut { attempts: attempt },
            });
        }
        if !budget.try_spend() {
            return Err(match error {
                Some(last) => RetryError::OverBudget { attempts: attempt, last },
                None => RetryError::TimedOut { attempts: attempt },
            });
        }

        let asked = error.and_then(|error| error.retry_after()).unwrap_or_default();
        let wait = policy.backoff(attempt).max(asked);
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(RetryError::Cancelled),
            () = time::sleep(wait) => {}
        }
        attempt += 1;
    }
}

async fn limited<A: Future>(limit: Option<Duration>, attempt: A) -> Option<A::Output> {
    match limit {
        Some(limit) => time::timeout(limit, attempt).await.ok(),
        None => Some(attempt.await),
    }
}
