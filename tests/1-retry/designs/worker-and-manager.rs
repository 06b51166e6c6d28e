//! Two halves of one future that talk through channels: a worker makes attempts when it is told to,
//! and a manager judges them and waits. They are polled by hand. The budget holds thousandths below
//! a mutex, as an i64 less one token, so that its sign tells whether there is one to spend.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use ollama::Transient;
use tokio::sync::mpsc;
use tokio::task::unconstrained;
use tokio::time::{sleep, timeout};
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
        let mut low = self.base_delay.as_nanos();
        let cap = self.max_delay.as_nanos();
        for _ in 0..retry.saturating_sub(1).min(128) {
            low = (low * 2).min(cap);
            if low == cap {
                break;
            }
        }
        let nanos = low.min(cap);
        Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
    }
}

const TOKEN: i64 = 1000;

#[derive(Debug)]
pub struct RetryBudget {
    spare: Mutex<i64>,
    top: i64,
    gain: i64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let top = i64::from(max_tokens) * TOKEN - TOKEN;
        let gain = (f64::from(tokens_per_success) * TOKEN as f64).round() as i64;
        Self { spare: Mutex::new(top), top, gain }
    }

    pub fn try_spend(&self) -> bool {
        let mut spare = self.spare.lock().unwrap();
        if spare.is_negative() {
            return false;
        }
        *spare -= TOKEN;
        true
    }

    pub fn on_success(&self) {
        let mut spare = self.spare.lock().unwrap();
        *spare = spare.saturating_add(self.gain).min(self.top);
    }

    pub fn tokens(&self) -> f32 {
        let spare = *self.spare.lock().unwrap();
        ((spare + TOKEN) as f64 / TOKEN as f64) as f32
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
    let (order, mut orders) = mpsc::channel::<u32>(1);
    let (report, mut reports) = mpsc::channel::<Option<Result<T, E>>>(1);

    let worker = async move {
        while let Some(number) = unconstrained(orders.recv()).await {
            if cancel.is_cancelled() {
                break;
            }
            let outcome = match policy.attempt_timeout {
                Some(limit) => timeout(limit, operation(number)).await.ok(),
                None => Some(operation(number).await),
            };
            if unconstrained(report.send(outcome)).await.is_err() {
                break;
            }
        }
    };

    let manager = async move {
        for attempts in 1.. {
            if unconstrained(order.send(attempts)).await.is_err() {
                break;
            }
            // It stops without a report only if the call is cancelled.
            let Some(outcome) = unconstrained(reports.recv()).await else { break };
            let last = match outcome {
                Some(Ok(value)) => {
                    budget.on_success();
                    return Ok(value);
                }
                Some(Err(error)) if !error.is_transient() => {
                    return Err(RetryError::Permanent(error));
                }
                Some(Err(error)) => Some(error),
                None => None,
            };
            let asked = last.as_ref().and_then(E::retry_after).unwrap_or_default();
            if attempts == policy.max_attempts.get() {
                return Err(match last {
                    Some(last) => RetryError::Exhausted { attempts, last },
                    None => RetryError::TimedOut { attempts },
                });
            }
            if !budget.try_spend() {
                return Err(match last {
                    Some(last) => RetryError::OverBudget { attempts, last },
                    None => RetryError::TimedOut { attempts },
                });
            }
            drop(last);
            let bound = policy.delay(attempts);
            let backoff = if policy.jitter { bound.mul_f64(fastrand::f64()) } else { bound };
            sleep(backoff.max(asked)).await;
        }
        Err(RetryError::Cancelled)
    };

    let mut worker = pin!(worker);
    let mut manager = pin!(manager);
    let mut cancelled = pin!(cancel.cancelled());
    let mut working = true;
    poll_fn(|cx| {
        // The manager may give an order, the worker may report, and the manager hears it: all in one poll.
        if let Poll::Ready(result) = manager.as_mut().poll(cx) {
            return Poll::Ready(result);
        }
        if working && worker.as_mut().poll(cx).is_ready() {
            working = false;
        }
        if let Poll::Ready(result) = manager.as_mut().poll(cx) {
            return Poll::Ready(result);
        }
        cancelled.as_mut().poll(cx).map(|()| Err(RetryError::Cancelled))
    })
    .await
}
