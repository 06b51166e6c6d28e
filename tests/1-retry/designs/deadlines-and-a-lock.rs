//! Absolute deadlines (`timeout_at`, `sleep_until`), `run_until_cancelled` instead of `select!`, and a budget behind a mutex.
//!
//! `operation` is called inside the future that `run_until_cancelled` polls, so the token is checked before the call.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::future::pending;
use std::num::NonZeroU32;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::sync::{Mutex, MutexGuard};

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
        let mut delay = self.base_delay;
        if delay.is_zero() {
            return delay;
        }
        // From one nanosecond to the longest `Duration`, there are fewer than 100 doublings.
        for _ in 1..retry {
            if delay >= self.max_delay {
                break;
            }
            delay = delay.saturating_mul(2);
        }
        delay.min(self.max_delay)
    }
}

/// Tokens for retries, shared by all calls to one server.
pub struct RetryBudget {
    max: u64,
    earned: u64,
    left: Mutex<u64>,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = u64::from(max_tokens) * 1000;
        let earned = (tokens_per_success * 1000.0).round() as u64;
        Self { max, earned, left: Mutex::new(max) }
    }

    fn left(&self) -> MutexGuard<'_, u64> {
        self.left.lock().unwrap()
    }

    pub fn try_spend(&self) -> bool {
        let mut left = self.left();
        let enough = *left >= 1000;
        if enough {
            *left -= 1000;
        }
        enough
    }

    pub fn on_success(&self) {
        let mut left = self.left();
        *left += self.earned.min(self.max - *left);
    }

    pub fn tokens(&self) -> f32 {
        let left = *self.left();
        (left as f64 / 1000.0) as f32
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryError<E> {
    Permanent(E),
    Exhausted { attempts: u32, last: E },
    OverBudget { attempts: u32, last: E },
    TimedOut { attempts: u32 },
    Cancelled,
}

impl<E> RetryError<E> {
    fn cause(&self) -> Option<&E> {
        match self {
            Self::Permanent(last)
            | Self::Exhausted { last, .. }
            | Self::OverBudget { last, .. } => Some(last),
            Self::TimedOut { .. } | Self::Cancelled => None,
        }
    }
}

impl<E> Display for RetryError<E> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent(_) => write!(f, "failed for good"),
            Self::Exhausted { attempts, .. } => write!(f, "failed {attempts} times"),
            Self::OverBudget { attempts, .. } => {
                write!(f, "failed {attempts} times, and the retry budget is used up")
            }
            Self::TimedOut { attempts } => write!(f, "timed out at attempt {attempts}"),
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

/// Calls `operation` until it succeeds, within the policy and the budget.
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
        attempts += 1;
        let attempt = async {
            let deadline =
                policy.attempt_timeout.and_then(|limit| Instant::now().checked_add(limit));
            match deadline {
                Some(deadline) => timeout_at(deadline, operation(attempts)).await,
                None => Ok(operation(attempts).await),
            }
        };
        let Some(outcome) = cancel.run_until_cancelled(attempt).await else {
            return Err(RetryError::Cancelled);
        };

        let retries_left = attempts < policy.max_attempts.get();
        let asked = match outcome {
            Ok(Ok(value)) => {
                budget.on_success();
                return Ok(value);
            }
            Ok(Err(error)) if !error.is_transient() => return Err(RetryError::Permanent(error)),
            Ok(Err(last)) if !retries_left => return Err(RetryError::Exhausted { attempts, last }),
            Ok(Err(last)) => {
                if !budget.try_spend() {
                    return Err(RetryError::OverBudget { attempts, last });
                }
                last.retry_after()
            }
            Err(_elapsed) => {
                if !retries_left || !budget.try_spend() {
                    return Err(RetryError::TimedOut { attempts });
                }
                None
            }
        };

        let mut backoff = policy.delay(attempts);
        if policy.jitter {
            backoff = backoff.mul_f64(fastrand::f64());
        }
        let wait = asked.map_or(backoff, |asked| asked.max(backoff));
        if cancel.run_until_cancelled(pause(wait)).await.is_none() {
            return Err(RetryError::Cancelled);
        }
    }
}

/// Sleeps. If the end of the wait cannot be represented, it never ends.
async fn pause(wait: Duration) {
    match Instant::now().checked_add(wait) {
        Some(end) => sleep_until(end).await,
        None => pending().await,
    }
}
