//! The loop knows nothing of waiting for a cancellation: the whole of it is raced once, from
//! outside; it only looks at the token before each attempt. The budget is a read-write lock.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use ollama::Transient;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::sync::RwLock;

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
        let mut delay = self.base_delay;
        let mut left = retry.saturating_sub(1);
        // In steps of up to 31 doublings; four steps reach the end of the type.
        while left > 0 && delay < self.max_delay && !delay.is_zero() {
            let step = left.min(31);
            delay = delay.checked_mul(1 << step).unwrap_or(Duration::MAX);
            left -= step;
        }
        delay.min(self.max_delay)
    }
}

#[derive(Debug)]
pub struct RetryBudget {
    tokens: RwLock<u64>,
    max: u64,
    rate: u64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = 1000 * u64::from(max_tokens);
        let rate = (1000.0 * f64::from(tokens_per_success) + 0.5).floor() as u64;
        Self { tokens: RwLock::new(max), max, rate }
    }

    pub fn try_spend(&self) -> bool {
        let mut tokens = self.tokens.write().unwrap();
        let enough = *tokens >= 1000;
        if enough {
            *tokens -= 1000;
        }
        enough
    }

    pub fn on_success(&self) {
        let mut tokens = self.tokens.write().unwrap();
        *tokens += self.rate.min(self.max - *tokens);
    }

    pub fn tokens(&self) -> f32 {
        (*self.tokens.read().unwrap() as f64 / 1000.0) as f32
    }
}

struct Call<'a> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    attempts: u32,
}

impl Call<'_> {
    /// The outcome of an attempt is either the end, or a wait.
    fn judge<T, E: Transient>(
        &self,
        outcome: Option<Result<T, E>>,
    ) -> ControlFlow<Result<T, RetryError<E>>, Duration> {
        let attempts = self.attempts;
        let last = match outcome {
            Some(Ok(value)) => {
                self.budget.on_success();
                return Break(Ok(value));
            }
            Some(Err(error)) if !error.is_transient() => {
                return Break(Err(RetryError::Permanent(error)));
            }
            Some(Err(error)) => Some(error),
            None => None,
        };
        let more = attempts < self.policy.max_attempts.get();
        let paid = more && self.budget.try_spend();
        match last {
            None if !paid => Break(Err(RetryError::TimedOut { attempts })),
            Some(last) if !more => Break(Err(RetryError::Exhausted { attempts, last })),
            Some(last) if !paid => Break(Err(RetryError::OverBudget { attempts, last })),
            last => {
                let bound = self.policy.delay(attempts);
                let backoff =
                    if self.policy.jitter { bound.mul_f64(fastrand::f64()) } else { bound };
                Continue(last.and_then(|e| e.retry_after()).map_or(backoff, |r| r.max(backoff)))
            }
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
    let all = async {
        let mut call = Call { policy, budget, attempts: 0 };
        while !cancel.is_cancelled() {
            call.attempts += 1;
            let attempt = operation(call.attempts);
            let outcome = match policy.attempt_timeout {
                None => Some(attempt.await),
                Some(limit) => timeout(limit, attempt).await.ok(),
            };
            match call.judge(outcome) {
                Break(end) => return end,
                Continue(wait) => sleep(wait).await,
            }
        }
        Err(RetryError::Cancelled)
    };
    tokio::select! {
        biased;
        result = all => result,
        () = cancel.cancelled() => Err(RetryError::Cancelled),
    }
}
