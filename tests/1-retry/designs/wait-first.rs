//! The wait is at the top of the loop, before every attempt but the first. The whole loop is one future inside
//! `run_until_cancelled`; besides that, the token is only checked before each attempt.
//!
//! The budget counts whole tokens and thousandths separately, behind one mutex.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

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
        let mut factor_log2 = retry.max(1) - 1;
        let mut delay = self.base_delay;
        while factor_log2 > 0 && !delay.is_zero() {
            match delay.checked_mul(2) {
                Some(twice) if twice < self.max_delay => delay = twice,
                _ => return self.max_delay,
            }
            factor_log2 -= 1;
        }
        delay.min(self.max_delay)
    }
}

fn jittered(bound: Duration) -> Duration {
    bound.mul_f64(fastrand::f64())
}

/// Can be cloned; all clones share the same tokens.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    max_tokens: u32,
    tokens_per_success: Amount,
    tokens: Arc<Mutex<Amount>>,
}

#[derive(Clone, Copy, Debug)]
struct Amount {
    whole: u32,
    thousandths: u32,
}

impl Amount {
    const fn whole(whole: u32) -> Self {
        Amount { whole, thousandths: 0 }
    }

    fn plus(self, other: Self, max: u32) -> Self {
        let thousandths = self.thousandths + other.thousandths;
        let whole = self
            .whole
            .checked_add(other.whole)
            .and_then(|whole| whole.checked_add(thousandths / 1000));
        match whole {
            Some(whole) if whole < max => Amount { whole, thousandths: thousandths % 1000 },
            _ => Amount::whole(max),
        }
    }
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let rounded = (f64::from(tokens_per_success) * 1000.0).round() as u64;
        let tokens_per_success = match u32::try_from(rounded / 1000) {
            Ok(whole) => Amount { whole, thousandths: (rounded % 1000) as u32 },
            Err(_) => Amount::whole(u32::MAX),
        };
        let tokens = Arc::new(Mutex::new(Amount::whole(max_tokens)));
        RetryBudget { max_tokens, tokens_per_success, tokens }
    }

    pub fn try_spend(&self) -> bool {
        let mut tokens = self.tokens.lock().unwrap();
        if tokens.whole == 0 {
            return false;
        }
        tokens.whole -= 1;
        true
    }

    pub fn on_success(&self) {
        let mut tokens = self.tokens.lock().unwrap();
        *tokens = tokens.plus(self.tokens_per_success, self.max_tokens);
    }

    pub fn tokens(&self) -> f32 {
        let tokens = *self.tokens.lock().unwrap();
        (f64::from(tokens.whole) + f64::from(tokens.thousandths) / 1000.0) as f32
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

impl<E: fmt::Debug> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RetryError::Permanent(_) => f.write_str("permanent"),
            RetryError::Exhausted { attempts, .. } => write!(f, "exhausted after {attempts}"),
            RetryError::OverBudget { attempts, .. } => write!(f, "over budget after {attempts}"),
            RetryError::TimedOut { attempts } => write!(f, "timed out after {attempts}"),
            RetryError::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RetryError::Permanent(last) => Some(last),
            RetryError::Exhausted { last, .. } | RetryError::OverBudget { last, .. } => Some(last),
            RetryError::TimedOut { .. } | RetryError::Cancelled => None,
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
    let max_attempts = policy.max_attempts.get();
    let all_attempts = async {
        let mut wait = Duration::ZERO;
        let mut attempts = 0;
        loop {
            if !wait.is_zero() {
                sleep(wait).await;
            }
            if cancel.is_cancelled() {
                return Err(RetryError::Cancelled);
            }
            attempts += 1;
            let attempt = operation(attempts);
            let outcome = match policy.attempt_timeout {
                Some(limit) => timeout(limit, attempt).await.ok(),
                None => Some(attempt.await),
            };

            let error = match outcome {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) if error.is_transient() => Some(error),
                Some(Err(error)) => return Err(RetryError::Permanent(error)),
                None => None,
            };
            let over = attempts == max_attempts;
            if over || !budget.try_spend() {
                return Err(match error {
                    None => RetryError::TimedOut { attempts },
                    Some(last) if over => RetryError::Exhausted { attempts, last },
                    Some(last) => RetryError::OverBudget { attempts, last },
                });
            }

            let bound = policy.delay(attempts);
            let backoff = if policy.jitter { jittered(bound) } else { bound };
            let asked = error.and_then(|error| error.retry_after());
            wait = asked.map_or(backoff, |asked| backoff.max(asked));
        }
    };

    match cancel.run_until_cancelled(all_attempts).await {
        Some(result) => {
            if result.is_ok() {
                budget.on_success();
            }
            result
        }
        None => Err(RetryError::Cancelled),
    }
}
