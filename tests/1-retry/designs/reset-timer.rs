//! One pinned timer for the whole call, reset for each limit and each wait; the budget counts what
//! is missing instead of what is there, with a compare-exchange loop; jitter from std's hasher.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{Instant, sleep_until};
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

impl RetryPolicy {
    pub fn delay(&self, retry: u32) -> Duration {
        // After 94 doublings even a nanosecond is longer than the longest duration.
        let doublings = retry.saturating_sub(1).min(94) as usize;
        std::iter::successors(Some(self.base_delay), |delay| delay.checked_add(*delay))
            .nth(doublings)
            .map_or(self.max_delay, |delay| delay.min(self.max_delay))
    }

    fn wait(&self, retry: u32, asked: Duration) -> Duration {
        let mut backoff = self.delay(retry);
        if self.jitter {
            // A new key each time, so a new hash of nothing.
            let random = RandomState::new().build_hasher().finish();
            backoff = backoff.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64);
        }
        Duration::max(backoff, asked)
    }
}

#[derive(Debug)]
pub struct RetryBudget {
    /// Thousandths below the maximum.
    missing: AtomicU64,
    max: u64,
    per_success: u64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        Self {
            missing: AtomicU64::new(0),
            max: u64::from(max_tokens) * 1000,
            per_success: (f64::from(tokens_per_success) * 1e3).round() as u64,
        }
    }

    pub fn try_spend(&self) -> bool {
        let mut missing = self.missing.load(Relaxed);
        loop {
            if missing + 1000 > self.max {
                return false;
            }
            match self.missing.compare_exchange_weak(missing, missing + 1000, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(now) => missing = now,
            }
        }
    }

    pub fn on_success(&self) {
        let mut missing = self.missing.load(Relaxed);
        loop {
            let less = missing.saturating_sub(self.per_success);
            match self.missing.compare_exchange_weak(missing, less, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(now) => missing = now,
            }
        }
    }

    pub fn tokens(&self) -> f32 {
        ((self.max - self.missing.load(Relaxed)) as f64 / 1000.0) as f32
    }
}

/// As tokio does it: 30 years if the clock cannot count that far.
fn after(wait: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wait).unwrap_or_else(|| now + Duration::from_secs(30 * 365 * 86_400))
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
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut cancelled = pin!(cancel.cancelled());
    let mut attempts = 0;
    loop {
        if cancel.is_cancelled() {
            return Err(RetryError::Cancelled);
        }
        attempts += 1;
        if let Some(limit) = policy.attempt_timeout {
            timer.as_mut().reset(after(limit));
        }
        let outcome = {
            let mut attempt = pin!(operation(attempts));
            tokio::select! {
                biased;
                outcome = &mut attempt => Some(outcome),
                () = &mut timer, if policy.attempt_timeout.is_some() => None,
                () = &mut cancelled => return Err(RetryError::Cancelled),
            }
        };
        let asked = match &outcome {
            Some(Ok(_)) => Duration::ZERO,
            Some(Err(error)) => error.retry_after().unwrap_or(Duration::ZERO),
            None => Duration::ZERO,
        };
        match outcome {
            Some(Ok(value)) => {
                budget.on_success();
                return Ok(value);
            }
            Some(Err(last)) => {
                if !last.is_transient() {
                    return Err(RetryError::Permanent(last));
                }
                if attempts == policy.max_attempts.get() {
                    return Err(RetryError::Exhausted { attempts, last });
                }
                if !budget.try_spend() {
                    return Err(RetryError::OverBudget { attempts, last });
                }
            }
            None => {
                if attempts == policy.max_attempts.get() || !budget.try_spend() {
                    return Err(RetryError::TimedOut { attempts });
                }
            }
        }
        timer.as_mut().reset(after(policy.wait(attempts, asked)));
        tokio::select! {
            biased;
            () = &mut cancelled => return Err(RetryError::Cancelled),
            () = &mut timer => {}
        }
    }
}
