//! One `select!` for the whole call: each turn of the loop waits for the attempt, the cancellation or the timer, which is
//! either the timeout of the attempt or the wait before the next one.
//!
//! During a wait there is no attempt, and its branch of the `select!` is disabled. The budget is a mutex.

use std::error::Error;
use std::fmt;
use std::iter;
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use ollama::Transient;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;

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
        let double = |delay: &Duration| delay.checked_mul(2);
        let mut delays = iter::successors(Some(self.base_delay), double);
        // After 100 doublings, every delay but zero has grown too long for a `Duration`.
        let doublings = retry.saturating_sub(1).min(100);
        delays.nth(doublings as usize).map_or(self.max_delay, |delay| delay.min(self.max_delay))
    }

    fn backoff(&self, retry: u32) -> Duration {
        let delay = self.delay(retry);
        if self.jitter { delay.mul_f64(fastrand::f64()) } else { delay }
    }
}

#[derive(Debug)]
pub struct RetryBudget {
    thousandths: Mutex<u64>,
    max: u64,
    per_success: u64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = u64::from(max_tokens) * 1000;
        let per_success = (f64::from(tokens_per_success) * 1000.0).round() as u64;
        Self { thousandths: Mutex::new(max), max, per_success }
    }

    pub fn try_spend(&self) -> bool {
        let mut thousandths = self.thousandths.lock().unwrap();
        match thousandths.checked_sub(1000) {
            Some(left) => *thousandths = left,
            None => return false,
        }
        true
    }

    pub fn on_success(&self) {
        let mut thousandths = self.thousandths.lock().unwrap();
        *thousandths = thousandths.saturating_add(self.per_success).min(self.max);
    }

    pub fn tokens(&self) -> f32 {
        *self.thousandths.lock().unwrap() as f32 / 1000.0
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

impl<E> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent(_) => f.write_str("permanent failure"),
            Self::Exhausted { attempts, .. } => write!(f, "{attempts} attempts failed"),
            Self::OverBudget { .. } => f.write_str("retry budget exceeded"),
            Self::TimedOut { attempts } => write!(f, "attempt {attempts} timed out"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Permanent(last)
            | Self::Exhausted { last, .. }
            | Self::OverBudget { last, .. } => Some(last),
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
    if cancel.is_cancelled() {
        return Err(RetryError::Cancelled);
    }
    let limit = policy.attempt_timeout.unwrap_or(Duration::MAX);
    let mut attempts = 1;
    let mut attempt = pin!(Some(operation(attempts)));
    let mut timer = pin!(sleep(limit));
    loop {
        let failure = tokio::select! {
            biased;
            result = async { attempt.as_mut().as_pin_mut().unwrap().await }, if attempt.is_some() => {
                match result {
                    Ok(value) => {
                        budget.on_success();
                        return Ok(value);
                    }
                    Err(error) if !error.is_transient() => return Err(RetryError::Permanent(error)),
                    Err(error) => Some(error),
                }
            }
            () = cancel.cancelled() => return Err(RetryError::Cancelled),
            () = timer.as_mut() => {
                if attempt.is_none() {
                    attempts += 1;
                    attempt.set(Some(operation(attempts)));
                    timer.set(sleep(limit));
                    continue;
                }
                None
            }
        };

        attempt.set(None);
        let exhausted = attempts == policy.max_attempts.get();
        if exhausted || !budget.try_spend() {
            return Err(match failure {
                None => RetryError::TimedOut { attempts },
                Some(last) if exhausted => RetryError::Exhausted { attempts, last },
                Some(last) => RetryError::OverBudget { attempts, last },
            });
        }
        let retry_after = failure.and_then(|error| error.retry_after()).unwrap_or_default();
        timer.set(sleep(policy.backoff(attempts).max(retry_after)));
    }
}
