//! No I/O in the logic: a plain state machine says what to do next (attempt, wait, stop), and a
//! small driver does it. The budget is whole thousandths in the bits of an f64, which is exact far
//! beyond u32::MAX tokens.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use ollama::Transient;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicU64, Ordering};

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
        let doublings = retry.max(1) - 1;
        // Divides the cap instead of multiplying the base: nothing can overflow.
        let (base, cap) = (self.base_delay.as_nanos(), self.max_delay.as_nanos());
        if base == 0 {
            Duration::ZERO
        } else if doublings >= 128 || base > cap >> doublings {
            // base * 2^d >= (cap / 2^d rounded down + 1) * 2^d > cap
            self.max_delay
        } else {
            let nanos = base << doublings;
            Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
        }
    }
}

#[derive(Debug)]
pub struct RetryBudget {
    bits: AtomicU64,
    max: f64,
    per_success: f64,
}

impl RetryBudget {
    pub fn new(max_tokens: u32, tokens_per_success: f32) -> Self {
        let max = f64::from(max_tokens) * 1000.0;
        let per_success = (f64::from(tokens_per_success) * 1000.0).round().max(0.0);
        Self { bits: AtomicU64::new(max.to_bits()), max, per_success }
    }

    fn change(&self, change: impl Fn(f64) -> Option<f64>) -> bool {
        let step = |bits| change(f64::from_bits(bits)).map(f64::to_bits);
        self.bits.try_update(Ordering::AcqRel, Ordering::Acquire, step).is_ok()
    }

    pub fn try_spend(&self) -> bool {
        self.change(|tokens| (tokens >= 1000.0).then_some(tokens - 1000.0))
    }

    pub fn on_success(&self) {
        self.change(|tokens| Some((tokens + self.per_success).min(self.max)));
    }

    pub fn tokens(&self) -> f32 {
        (f64::from_bits(self.bits.load(Ordering::Acquire)) / 1000.0) as f32
    }
}

enum Event<T, E> {
    Started,
    Ended(Result<T, E>),
    TimedOut,
    Waited,
}

enum Order<T, E> {
    Attempt(u32),
    Wait(Duration),
    Stop(Result<T, RetryError<E>>),
}

struct Plan<'a> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    made: u32,
}

impl Plan<'_> {
    fn next<T, E: Transient>(&mut self, event: Event<T, E>) -> Order<T, E> {
        match event {
            Event::Started | Event::Waited => {
                self.made += 1;
                Order::Attempt(self.made)
            }
            Event::Ended(Ok(value)) => {
                self.budget.on_success();
                Order::Stop(Ok(value))
            }
            Event::Ended(Err(error)) if !error.is_transient() => {
                Order::Stop(Err(RetryError::Permanent(error)))
            }
            Event::Ended(Err(last)) => {
                let attempts = self.made;
                if self.last_one() {
                    Order::Stop(Err(RetryError::Exhausted { attempts, last }))
                } else if !self.budget.try_spend() {
                    Order::Stop(Err(RetryError::OverBudget { attempts, last }))
                } else {
                    Order::Wait(self.backoff().max(last.retry_after().unwrap_or_default()))
                }
            }
            Event::TimedOut if self.last_one() || !self.budget.try_spend() => {
                Order::Stop(Err(RetryError::TimedOut { attempts: self.made }))
            }
            Event::TimedOut => Order::Wait(self.backoff()),
        }
    }

    fn last_one(&self) -> bool {
        self.made == self.policy.max_attempts.get()
    }

    fn backoff(&self) -> Duration {
        let bound = self.policy.delay(self.made);
        if !self.policy.jitter {
            return bound;
        }
        // Uniform over seconds and nanoseconds: drawn again if it is beyond the bound.
        loop {
            let drawn =
                Duration::new(fastrand::u64(0..=bound.as_secs()), fastrand::u32(0..1_000_000_000));
            if bound.as_secs() == 0 {
                return Duration::from_nanos(fastrand::u64(0..=u64::from(bound.subsec_nanos())));
            }
            if drawn <= bound {
                return drawn;
            }
        }
    }
}

/// `None` if it is cancelled first.
async fn unless<Fut: Future>(cancel: &CancellationToken, future: Fut) -> Option<Fut::Output> {
    let mut future = pin!(future);
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        cancelled.as_mut().poll(cx).map(|()| None)
    })
    .await
}

/// `None` if the time is up first.
async fn by<Fut: Future>(deadline: Option<Instant>, future: Fut) -> Option<Fut::Output> {
    let Some(deadline) = deadline else { return Some(future.await) };
    let mut future = pin!(future);
    let mut timer = pin!(sleep_until(deadline));
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        timer.as_mut().poll(cx).map(|()| None)
    })
    .await
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
    let mut plan = Plan { policy, budget, made: 0 };
    let mut event = Event::Started;
    loop {
        let order = plan.next(event);
        let happened = match order {
            Order::Stop(result) => return result,
            _ if cancel.is_cancelled() => None,
            Order::Attempt(number) => {
                // A limit that the clock cannot count is none.
                let deadline = policy.attempt_timeout.and_then(|l| Instant::now().checked_add(l));
                unless(cancel, by(deadline, operation(number)))
                    .await
                    .map(|result| result.map_or(Event::TimedOut, Event::Ended))
            }
            Order::Wait(wait) => unless(cancel, sleep(wait)).await.map(|()| Event::Waited),
        };
        match happened {
            Some(happened) => event = happened,
            None => return Err(RetryError::Cancelled),
        }
    }
}
