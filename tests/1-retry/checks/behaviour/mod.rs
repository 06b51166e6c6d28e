//! What `retry` does, on tokio's paused clock: it advances only when nothing else can run, so
//! every wait is exact to the millisecond and takes no real time.

mod attempts;
mod budget;
mod cancellation;
mod delay;
mod errors;
mod jitter;
mod timeout;
mod tokens;
mod waits;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use harness::LocalBoxFuture;
use ollama::Transient;
use retry::{RetryBudget, RetryError, RetryPolicy, retry};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{check, check_async};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A policy with delays of 100, 200, 400, 800, 800, … ms, and without jitter or timeout.
fn policy(max_attempts: u32) -> RetryPolicy {
    RetryPolicy {
        max_attempts: NonZeroU32::new(max_attempts).expect("at least one attempt"),
        base_delay: ms(100),
        max_delay: ms(800),
        jitter: false,
        attempt_timeout: None,
    }
}

/// A budget that never runs out.
fn ample() -> RetryBudget {
    RetryBudget::new(100_000, 0.5)
}

/// The error of an attempt. It has the number of the attempt, so that errors can be told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub attempt: u32,
    pub transient: bool,
    pub retry_after: Option<Duration>,
}

impl Fault {
    fn transient(attempt: u32) -> Self {
        Self { attempt, transient: true, retry_after: None }
    }
}

impl Transient for Fault {
    fn is_transient(&self) -> bool {
        self.transient
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} failed", self.attempt)
    }
}

impl Error for Fault {}

/// What an attempt does.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Succeeds,
    Fails,
    FailsPermanently,
    /// Fails with this `retry_after`.
    AsksFor(Duration),
    SucceedsAfter(Duration),
    /// Succeeds at its second poll, without any time in between.
    SucceedsSoon,
    FailsAfter(Duration),
    /// Succeeds after so many times 100 ms, and is woken each time, as by a reply that arrives
    /// in small pieces.
    SucceedsAfterWakes(u32),
}
use Plan::*;

/// What happened to the attempts of a call.
#[derive(Default)]
struct Log {
    /// The number that each attempt was called with, and when.
    calls: RefCell<Vec<(u32, Duration)>>,
    /// The attempts that were dropped before they ended, and when.
    dropped: RefCell<Vec<(u32, Duration)>>,
    /// How many attempts exist that have neither ended nor been dropped.
    running: Cell<u32>,
}

/// An attempt that has neither ended nor been dropped.
struct Running {
    log: Rc<Log>,
    attempt: u32,
    start: Instant,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.log.running.set(self.log.running.get() - 1);
        if !self.ended {
            self.log.dropped.borrow_mut().push((self.attempt, self.start.elapsed()));
        }
    }
}

/// A call of `retry` that has returned.
struct Run {
    result: Result<u32, RetryError<Fault>>,
    log: Rc<Log>,
    took: Duration,
}

impl Run {
    fn calls(&self) -> usize {
        self.log.calls.borrow().len()
    }

    /// When each attempt started.
    fn starts(&self) -> Vec<Duration> {
        self.log.calls.borrow().iter().map(|(_, at)| *at).collect()
    }

    /// How long it took from the start of each attempt to the start of the next one.
    fn gaps(&self) -> Vec<Duration> {
        self.starts().windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    fn returned(&self) -> String {
        in_words(&self.result)
    }
}

/// "1 attempt", "2 attempts".
fn count(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A result of `retry`, for messages.
fn in_words(result: &Result<u32, RetryError<Fault>>) -> String {
    let (name, attempts, last) = match result {
        Ok(attempt) => return format!("the result of attempt {attempt}"),
        Err(RetryError::Cancelled) => return "`Cancelled`".to_owned(),
        Err(RetryError::Permanent(error)) => {
            return format!("`Permanent` with the error of attempt {}", error.attempt);
        }
        Err(RetryError::Exhausted { attempts, last }) => ("Exhausted", attempts, Some(last)),
        Err(RetryError::OverBudget { attempts, last }) => ("OverBudget", attempts, Some(last)),
        Err(RetryError::TimedOut { attempts }) => ("TimedOut", attempts, None),
    };
    let attempts = count(*attempts, "attempt");
    let error = last.map(|last| format!(", with the error of attempt {}", last.attempt));
    format!("`{name}` after {attempts}{}", error.unwrap_or_default())
}

/// Calls `retry` with attempts that follow a plan, an ample budget, and no cancellation.
async fn run(policy: &RetryPolicy, plan: &[Plan]) -> Run {
    run_with(policy, &ample(), &CancellationToken::new(), plan).await
}

/// Calls `retry` with attempts that follow a plan. Fails if two attempts run at the same time,
/// or if there are more attempts than the plan has. Boxed, for the reason that [`LocalBoxFuture`] gives.
fn run_with<'a>(
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    cancel: &'a CancellationToken,
    plan: &'a [Plan],
) -> LocalBoxFuture<'a, Run> {
    Box::pin(call(policy, budget, cancel, plan))
}

async fn call(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    cancel: &CancellationToken,
    plan: &[Plan],
) -> Run {
    let log = Rc::new(Log::default());
    let start = Instant::now();
    let result = retry(policy, budget, cancel, |attempt| {
        let number = log.calls.borrow().len() + 1;
        log.calls.borrow_mut().push((attempt, start.elapsed()));
        assert!(
            log.running.get() == 0,
            "attempt {number} started before attempt {} had ended or was dropped",
            number - 1
        );
        log.running.set(1);
        let running = Running { log: log.clone(), attempt, start, ended: false };
        let plan = plan.get(number - 1).copied();
        let plan = plan.unwrap_or_else(|| {
            panic!("attempt {number} was made, but the call should have ended before")
        });
        async move {
            let mut running = running;
            let fault = Fault::transient(attempt);
            let result = match plan {
                Succeeds => Ok(attempt),
                Fails => Err(fault),
                FailsPermanently => Err(Fault { transient: false, ..fault }),
                AsksFor(wait) => Err(Fault { retry_after: Some(wait), ..fault }),
                SucceedsAfter(time) => {
                    sleep(time).await;
                    Ok(attempt)
                }
                SucceedsSoon => {
                    yield_now().await;
                    Ok(attempt)
                }
                FailsAfter(time) => {
                    sleep(time).await;
                    Err(fault)
                }
                SucceedsAfterWakes(times) => {
                    for _ in 0..times {
                        sleep(ms(100)).await;
                    }
                    Ok(attempt)
                }
            };
            running.ended = true;
            result
        }
    })
    .await;
    Run { result, took: start.elapsed(), log }
}

#[track_caller]
fn assert_ok(run: &Run, attempt: u32, why: &str) {
    assert!(
        matches!(run.result, Ok(value) if value == attempt),
        "{why}: `retry` should have returned the result of attempt {attempt}, but returned {}",
        run.returned()
    );
}

#[track_caller]
fn assert_cancelled(run: &Run, when: &str) {
    assert!(
        matches!(run.result, Err(RetryError::Cancelled)),
        "cancelled {when}, `retry` should have returned `Cancelled`, but returned {}",
        run.returned()
    );
}

#[track_caller]
fn assert_took(run: &Run, expected: Duration, what: &str) {
    let time = if expected.is_zero() { "no time".to_owned() } else { format!("{expected:?}") };
    assert!(run.took == expected, "{what} should take {time}, but took {:?}", run.took);
}

/// Fails unless the attempts started after these times. `why` says why they should.
#[track_caller]
fn assert_starts<const N: usize>(run: &Run, milliseconds: [u64; N], why: &str) {
    let starts = run.starts();
    assert!(
        starts == milliseconds.map(ms),
        "{why}: the attempts should start after {milliseconds:?} ms, but started after {:?} ms",
        starts.iter().map(Duration::as_millis).collect::<Vec<_>>()
    );
}

#[track_caller]
fn assert_tokens(budget: &RetryBudget, expected: f32, when: &str) {
    let tokens = budget.tokens();
    // Half of a thousandth: the budget counts thousandths.
    assert!(
        (tokens - expected).abs() < 0.0005,
        "{when}, the budget should have {expected} tokens, but has {tokens}"
    );
}
