//! Retry with exponential backoff, full jitter and a budget.
//!
//! Time comes from `tokio::time`, cancellation from `tokio_util`. What threads share is
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
    /// Including the first one.
    pub max_attempts: NonZeroU32,
    /// The delay before the first retry.
    pub base_delay: Duration,
    /// No delay is longer than this.
    pub max_delay: Duration,
    /// Wait for a random part of each delay, drawn anew for each wait.
    pub jitter: bool,
    /// An attempt that takes longer is dropped, and counts as a transient failure.
    pub attempt_timeout: Option<Duration>,
}

impl RetryPolicy {
    /// The longest backoff before retry number `retry`, counted from 1: the base delay,
    /// doubled for each further retry, up to the maximum. Exact for all values.
    pub fn delay(&self, retry: u32) -> Duration {
        todo!("the delay before retry {retry}")
    }
}

/// Tokens for retries, shared by all calls to one service.
#[derive(Debug)]
pub struct RetryBudget {}

impl RetryBudget {
    /// Starts full. `tokens_per_success` is rounded to the nearest thousandth.
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        todo!("start with {max_tokens} tokens; each success adds {tokens_per_success}")
    }

    /// Takes one token for one retry. Returns `false` if less than one is left.
    pub fn try_spend(&self) -> bool {
        todo!("take a token, or none")
    }

    /// Adds `tokens_per_success`, up to the maximum.
    pub fn on_success(&self) {
        todo!("add a part of a token")
    }

    /// The number of tokens that are left.
    pub fn tokens(&self) -> f32 {
        todo!("count the tokens")
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
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!("describe the error")
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    /// The error that the last attempt returned, if it returned one.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        todo!("the error that the last attempt returned")
    }
}

/// Calls `operation` with the number of the attempt, from 1, until it succeeds, fails
/// permanently, or no further attempt is allowed.
///
/// A transient failure is retried if attempts and budget allow it. The wait before a retry
/// is the backoff, or the error's `retry_after` if that is longer. Cancelling the token ends
/// a wait or an attempt at once.
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
