//! Retry with exponential backoff, full jitter and a budget.
//!
//! Time is `tokio::time`'s, the cancellation `tokio_util`'s; what threads share is
//! built from `crate::sync`.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use ollama::Transient;
use tokio_util::sync::CancellationToken;

/// How often to try, and how long to wait in between.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// With the first one.
    pub max_attempts: NonZeroU32,
    pub base_delay: Duration,
    pub max_delay: Duration,
    /// Wait for a random part of the delay, drawn anew for each wait.
    pub jitter: bool,
    /// An attempt that takes longer is given up, and counts as a transient failure.
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    /// The most to wait before the `retry`-th retry, from 1: the base, doubled each time,
    /// up to the maximum. Exact for every base, maximum and number.
    pub fn delay(&self, retry: u32) -> Duration {
        todo!("the delay before retry {retry}")
    }
}

/// Tokens for retries, shared by all calls to one service.
#[derive(Debug)]
pub struct RetryBudget {}

impl RetryBudget {
    /// A full budget. It counts thousandths of a token.
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        todo!("start with {max_tokens} tokens, and {tokens_per_success} for each success")
    }

    /// Takes one whole token for one retry, if there is one.
    pub fn try_spend(&self) -> bool {
        todo!("take a token, or none")
    }

    /// Gives back what a success is worth, up to the maximum.
    pub fn on_success(&self) {
        todo!("give back a part of a token")
    }

    pub fn tokens(&self) -> f32 {
        todo!("count the tokens")
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
    /// The last attempt that was made took too long.
    TimedOut {
        attempts: u32,
    },
    Cancelled,
}

impl<E: fmt::Display> fmt::Display for RetryError<E> {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!("say what happened")
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    /// The error of the attempt that decided.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        todo!("the attempt's own error, if there is one")
    }
}

/// Calls `operation`, with the attempt's number from 1, until it succeeds, fails for good,
/// or nothing allows another attempt.
///
/// A transient failure is worth a retry if attempts and budget allow it. The wait before it
/// is the backoff, or what the error asks for if that is longer. The token ends a wait or an
/// attempt at once.
pub async fn retry<T, E, F, Fut>(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    cancel: &CancellationToken,
    operation: F,
) -> Result<T, RetryError<E>>
where
    E: Transient,
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let _ = (policy, budget, cancel, operation);
    todo!("try, and try again")
}
