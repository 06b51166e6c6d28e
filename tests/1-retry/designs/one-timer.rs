//! One timer for everything: a single pinned `Sleep` that is reset for every timeout and every wait, and one `Cancelled` future
//! for the whole call. A helper races two futures by hand.
//!
//! The budget is changed in one place, a `compare_exchange_weak` loop that takes the change as a closure.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicU64, Ordering};

/// Longer than any real wait, and short enough to be added to an `Instant`.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

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
        let nanos = self.base_delay.as_nanos();
        let doublings = retry.saturating_sub(1);
        // The shift below would overflow.
        if nanos > 0 && doublings >= nanos.leading_zeros() {
            return self.max_delay;
        }
        let nanos = if nanos > 0 { nanos << doublings } else { 0 };
        match u64::try_from(nanos / 1_000_000_000) {
            Ok(seconds) => {
                Duration::new(seconds, (nanos % 1_000_000_000) as u32).min(self.max_delay)
            }
            Err(_) => self.max_delay,
        }
    }
}

#[derive(Debug)]
pub struct RetryBudget {
    tokens: AtomicU64,
    max_tokens: u64,
    tokens_per_success: u64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max_tokens = u64::from(max_tokens) * 1000;
        let tokens_per_success = (f64::from(tokens_per_success) * 1000.0).round() as u64;
        Self {
            tokens: AtomicU64::new(max_tokens),
            max_tokens,
            tokens_per_success: tokens_per_success.min(max_tokens),
        }
    }

    pub fn try_spend(&self) -> bool {
        self.change(|tokens| tokens.checked_sub(1000))
    }

    pub fn on_success(&self) {
        self.change(|tokens| Some((tokens + self.tokens_per_success).min(self.max_tokens)));
    }

    pub fn tokens(&self) -> f32 {
        (self.tokens.load(Ordering::SeqCst) as f64 / 1000.0) as f32
    }

    fn change(&self, change: impl Fn(u64) -> Option<u64>) -> bool {
        let mut before = self.tokens.load(Ordering::SeqCst);
        loop {
            let Some(after) = change(before) else {
                return false;
            };
            match self.tokens.compare_exchange_weak(
                before,
                after,
                Ordering::SeqCst,
                Ordering::SeqCst,
            ) {
                Ok(_) => return true,
                Err(now) => before = now,
            }
        }
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
            Self::Permanent(_) => f.write_str("failed, and would fail again"),
            Self::Exhausted { attempts, .. } => write!(f, "failed at all {attempts} attempts"),
            Self::OverBudget { attempts, .. } => {
                write!(f, "failed after {attempts} attempts, with no budget for more")
            }
            Self::TimedOut { attempts } => {
                write!(f, "the last of {attempts} attempts took too long")
            }
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
            _ => None,
        }
    }
}

struct Attempt<T, E> {
    number: u32,
    outcome: Outcome<T, E>,
}

enum Outcome<T, E> {
    Finished(Result<T, E>),
    TimedOut,
}

/// Which of two futures was ready first. The first one is polled first.
enum Race<A, B> {
    First(A),
    Second(B),
}

async fn race<A: Future, B: Future>(first: A, second: B) -> Race<A::Output, B::Output> {
    let mut first = pin!(first);
    let mut second = pin!(second);
    poll_fn(|cx| {
        if let Poll::Ready(output) = first.as_mut().poll(cx) {
            return Poll::Ready(Race::First(output));
        }
        second.as_mut().poll(cx).map(Race::Second)
    })
    .await
}

fn wind(mut timer: Pin<&mut Sleep>, duration: Duration) {
    timer.as_mut().reset(Instant::now() + duration.min(FOR_EVER));
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
    let last_number = policy.max_attempts.get();
    let mut cancelled = pin!(cancel.cancelled());
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut number = 1;

    'attempts: loop {
        if cancel.is_cancelled() {
            break 'attempts Err(RetryError::Cancelled);
        }

        wind(timer.as_mut(), policy.attempt_timeout.unwrap_or(FOR_EVER));
        let limited = async {
            match policy.attempt_timeout {
                None => Outcome::Finished(operation(number).await),
                Some(_) => match race(operation(number), timer.as_mut()).await {
                    Race::First(result) => Outcome::Finished(result),
                    Race::Second(()) => Outcome::TimedOut,
                },
            }
        };
        let attempt = match race(limited, cancelled.as_mut()).await {
            Race::First(outcome) => Attempt { number, outcome },
            Race::Second(()) => break 'attempts Err(RetryError::Cancelled),
        };

        let attempts = attempt.number;
        let retry_after = match attempt.outcome {
            Outcome::Finished(Ok(value)) => {
                budget.on_success();
                break 'attempts Ok(value);
            }
            Outcome::Finished(Err(error)) if !error.is_transient() => {
                break 'attempts Err(RetryError::Permanent(error));
            }
            Outcome::Finished(Err(last)) if attempts >= last_number => {
                break 'attempts Err(RetryError::Exhausted { attempts, last });
            }
            Outcome::TimedOut if attempts >= last_number => {
                break 'attempts Err(RetryError::TimedOut { attempts });
            }
            outcome => match (budget.try_spend(), outcome) {
                (true, Outcome::Finished(result)) => {
                    result.err().and_then(|error| error.retry_after())
                }
                (true, Outcome::TimedOut) => None,
                (false, Outcome::Finished(Err(last))) => {
                    break 'attempts Err(RetryError::OverBudget { attempts, last });
                }
                (false, _) => break 'attempts Err(RetryError::TimedOut { attempts }),
            },
        };

        let mut wait = policy.delay(attempts);
        if policy.jitter {
            wait = wait.mul_f64(fastrand::f64());
        }
        wind(timer.as_mut(), wait.max(retry_after.unwrap_or_default()));
        match race(cancelled.as_mut(), timer.as_mut()).await {
            Race::First(()) => break 'attempts Err(RetryError::Cancelled),
            Race::Second(()) => number += 1,
        }
    }
}
