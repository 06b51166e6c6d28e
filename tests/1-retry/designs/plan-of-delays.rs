//! Functional: an iterator yields the attempts and the delays after them, and small enums carry the result of one helper to
//! the next.
//!
//! The budget is behind a `RwLock`. The jitter needs no crate: each `RandomState` of std has its own random keys.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::iter;
use std::num::NonZeroU32;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use ollama::Transient;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::sync::RwLock;

#[derive(Debug, Clone)]
pub struct RetryPolicy {
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    pub jitter: bool,
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    pub fn delay(&self, retry: u32) -> Duration {
        match retry.checked_sub(1) {
            None => Duration::ZERO,
            Some(skip) => self.bounds().nth(skip as usize).unwrap_or(self.max_delay),
        }
    }

    /// The delays before the first retry, the second and so on, as long as they are below `max_delay`.
    fn bounds(&self) -> impl Iterator<Item = Duration> {
        let cap = self.max_delay;
        let first = Some(self.base_delay).filter(|first| !first.is_zero() && *first < cap);
        let never = self.base_delay.is_zero().then_some(Duration::ZERO);
        let growing = iter::successors(first, |delay| delay.checked_mul(2))
            .take_while(move |delay| *delay < cap);
        growing.chain(never.into_iter().flat_map(|zero| iter::repeat_n(zero, usize::MAX)))
    }

    /// The number of each attempt, and the delay after it unless it is the last one.
    fn plan(&self) -> impl Iterator<Item = (u32, Option<Duration>)> {
        let last = self.max_attempts.get();
        let bounds = self.bounds().chain(iter::repeat(self.max_delay)).map(Some);
        (1..last).zip(bounds).chain(iter::once((last, None)))
    }

    fn jittered(&self, bound: Duration) -> Duration {
        match self.jitter {
            false => bound,
            true => {
                let millis = bound.as_millis().min(u128::from(u64::MAX - 1)) as u64;
                let random = RandomState::new().hash_one(millis);
                Duration::from_millis(((u128::from(random) * u128::from(millis + 1)) >> 64) as u64)
            }
        }
    }
}

pub struct RetryBudget {
    tokens: RwLock<u64>,
    max: u64,
    gain: u64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = u64::from(max_tokens) * 1000;
        let gain =
            (f64::from(tokens_per_success) * 1000.0 + 0.5).floor().clamp(0.0, max as f64) as u64;
        RetryBudget { tokens: RwLock::new(max), max, gain }
    }

    pub fn try_spend(&self) -> bool {
        let mut tokens = self.tokens.write().unwrap();
        match tokens.checked_sub(1000) {
            Some(rest) => {
                *tokens = rest;
                true
            }
            None => false,
        }
    }

    pub fn on_success(&self) {
        let mut tokens = self.tokens.write().unwrap();
        *tokens = self.max.min(*tokens + self.gain);
    }

    pub fn tokens(&self) -> f32 {
        (*self.tokens.read().unwrap() as f64 / 1000.0) as f32
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
        f.write_str(match self {
            RetryError::Permanent(..) => "a permanent error",
            RetryError::Exhausted { .. } => "too many attempts",
            RetryError::OverBudget { .. } => "too many retries lately",
            RetryError::TimedOut { .. } => "timed out",
            RetryError::Cancelled => "cancelled",
        })
    }
}

impl<E> Error for RetryError<E>
where
    E: Error + 'static,
{
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let (RetryError::Permanent(last)
        | RetryError::Exhausted { last, .. }
        | RetryError::OverBudget { last, .. }) = self
        else {
            return None;
        };
        Some(last)
    }
}

/// Why an attempt is retried.
enum Failure<E> {
    Error(E),
    Timeout,
}

enum End {
    Attempts,
    Budget,
}

impl<E: Transient> Failure<E> {
    fn asks_for(&self) -> Duration {
        match self {
            Failure::Error(error) => error.retry_after().unwrap_or(Duration::ZERO),
            Failure::Timeout => Duration::ZERO,
        }
    }

    fn into_error(self, attempts: u32, end: End) -> RetryError<E> {
        match (self, end) {
            (Failure::Timeout, _) => RetryError::TimedOut { attempts },
            (Failure::Error(last), End::Attempts) => RetryError::Exhausted { attempts, last },
            (Failure::Error(last), End::Budget) => RetryError::OverBudget { attempts, last },
        }
    }
}

/// One attempt. Breaks with what `retry` returns, continues with a failure that may be retried.
async fn attempt<T, E: Transient>(
    limit: Option<Duration>,
    attempt: impl Future<Output = Result<T, E>>,
) -> ControlFlow<Result<T, E>, Failure<E>> {
    let outcome = match limit {
        None => Ok(attempt.await),
        Some(limit) => timeout(limit, attempt).await,
    };
    match outcome {
        Ok(Err(error)) if error.is_transient() => Continue(Failure::Error(error)),
        Ok(result) => Break(result),
        Err(_) => Continue(Failure::Timeout),
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
    let mut all = async || -> Result<Infallible, Result<T, RetryError<E>>> {
        for (number, bound) in policy.plan() {
            if cancel.is_cancelled() {
                return Err(Err(RetryError::Cancelled));
            }
            let failure = match attempt(policy.attempt_timeout, operation(number)).await {
                Break(result) => return Err(result.map_err(RetryError::Permanent)),
                Continue(failure) => failure,
            };
            let Some(bound) = bound else {
                return Err(Err(failure.into_error(number, End::Attempts)));
            };
            if !budget.try_spend() {
                return Err(Err(failure.into_error(number, End::Budget)));
            }
            sleep(policy.jittered(bound).max(failure.asks_for())).await;
        }
        unreachable!("the plan ends with the last attempt")
    };

    let result = tokio::select! {
        biased;
        Err(result) = all() => result,
        () = cancel.cancelled() => Err(RetryError::Cancelled),
    };
    if result.is_ok() {
        budget.on_success();
    }
    result
}
