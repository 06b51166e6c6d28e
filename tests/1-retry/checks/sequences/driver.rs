//! Calls `retry` with attempts that follow a plan, and compares what it does with the model.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use harness::{LocalBoxFuture, Telling, block_on_paused, moving, with_alarm};
use retry::{RetryBudget, RetryError, RetryPolicy, retry};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::events::{Attempt, Call, Event, Outcome};
use super::model::{self, Expected, HORIZON, Returned};
use crate::checks::behaviour::Fault;

pub fn run(_: &(), events: &[Event], telling: &Telling) -> Result<(), String> {
    let call = Call::of(events);
    telling.setting(setting(&call));
    let log = Rc::new(RefCell::new(Log::new(telling.clone())));
    block_on_paused(call_and_compare(&call, &log))
}

/// What has been observed.
struct Log {
    telling: Telling,
    starts: Vec<Duration>,
    budgets: Vec<f32>,
    drops: Vec<(u32, Duration)>,
    running: u32,
    /// What is wrong already.
    broken: Option<String>,
}

impl Log {
    fn new(telling: Telling) -> Self {
        Self {
            telling,
            starts: Vec::new(),
            budgets: Vec::new(),
            drops: Vec::new(),
            running: 0,
            broken: None,
        }
    }

    fn tell(&self, at: Duration, what: impl Into<String>) {
        self.telling.told(format!("at {}", words(at)), what);
    }

    fn breaks(&mut self, why: String) {
        self.broken.get_or_insert(why);
    }
}

fn fault(attempt: u32, outcome: Outcome) -> Fault {
    let retry_after = match outcome {
        Outcome::AsksFor(wait) => Some(wait),
        _ => None,
    };
    Fault { attempt, transient: outcome != Outcome::FailsPermanently, retry_after }
}

/// An attempt that has neither ended nor been dropped.
struct Running {
    attempt: u32,
    start: Instant,
    ended: bool,
    log: Rc<RefCell<Log>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut log = self.log.borrow_mut();
        log.running -= 1;
        if !self.ended {
            let at = self.start.elapsed();
            log.drops.push((self.attempt, at));
            log.tell(at, format!("attempt {} is dropped", self.attempt));
        }
    }
}

async fn call_and_compare(call: &Call, log: &Rc<RefCell<Log>>) -> Result<(), String> {
    let policy = RetryPolicy {
        max_attempts: NonZeroU32::new(call.max_attempts).expect("there is an attempt"),
        base_delay: call.base_delay,
        max_delay: call.max_delay,
        jitter: false,
        attempt_timeout: call.limit,
    };
    let budget = RetryBudget::new(call.tokens, call.thousandths_per_success as f32 / 1_000.0);
    let cancel = CancellationToken::new();
    let start = Instant::now();
    let operation = |attempt: u32| {
        let plan = call.attempt(log.borrow().starts.len() as u32 + 1);
        begin(attempt, start, &budget, log, plan);
        let mut running = Running { attempt, start, ended: false, log: log.clone() };
        async move {
            if !plan.takes.is_zero() {
                sleep(plan.takes).await;
            }
            running.ended = true;
            running.log.borrow().tell(start.elapsed(), end_words(attempt, plan.outcome));
            match plan.outcome {
                Outcome::Succeeds => Ok(attempt),
                outcome => Err(fault(attempt, outcome)),
            }
        }
    };
    let mut returned = None;
    {
        let retry = retry(&policy, &budget, &cancel, operation);
        let retry: LocalBoxFuture<'_, ()> =
            Box::pin(async { returned = Some((of(&retry.await), start.elapsed())) });
        let polled = if call.moves { moving(retry) } else { retry };
        let ring = Box::new(|| {
            log.borrow().tell(start.elapsed(), "the token is cancelled");
            cancel.cancel();
        });
        // If it does not return, `returned` says so.
        let _ = timeout(HORIZON, with_alarm(polled, call.cancel_at, ring)).await;
    }
    let log = log.borrow();
    if let Some((result, at)) = &returned {
        log.tell(*at, format!("`retry` returns {result}"));
    }
    if call.cancel_at.is_none() && cancel.is_cancelled() {
        return Err("`retry` has cancelled the caller's token".to_owned());
    }
    compare(&model::expected(call), &log, returned, budget.tokens())
}

/// What holds when an attempt starts.
fn begin(attempt: u32, start: Instant, budget: &RetryBudget, log: &RefCell<Log>, plan: Attempt) {
    let mut log = log.borrow_mut();
    let at = start.elapsed();
    let number = log.starts.len() as u32 + 1;
    log.tell(at, format!("attempt {number} starts"));
    if attempt != number {
        log.breaks(format!("attempt {number} is called with the number {attempt}"));
    }
    if log.running > 0 {
        log.breaks(format!("attempt {number} starts while another one runs"));
    }
    log.running += 1;
    log.starts.push(at);
    log.budgets.push(budget.tokens());
    for _ in 0..plan.others_spend {
        budget.try_spend();
    }
    for _ in 0..plan.others_succeed {
        budget.on_success();
    }
    if plan.others_spend > 0 {
        log.tell(at, format!("others try to spend {} of the budget", plan.others_spend));
    }
    if plan.others_succeed > 0 {
        log.tell(at, format!("others succeed {} times", plan.others_succeed));
    }
}

fn of(result: &Result<u32, RetryError<Fault>>) -> Returned {
    match result {
        Ok(attempt) => Returned::Success { attempt: *attempt },
        Err(RetryError::Permanent(error)) => Returned::Permanent { attempt: error.attempt },
        Err(RetryError::Exhausted { attempts, last }) => {
            Returned::Exhausted { attempts: *attempts, last: last.attempt }
        }
        Err(RetryError::OverBudget { attempts, last }) => {
            Returned::OverBudget { attempts: *attempts, last: last.attempt }
        }
        Err(RetryError::TimedOut { attempts }) => Returned::TimedOut { attempts: *attempts },
        Err(RetryError::Cancelled) => Returned::Cancelled,
    }
}

fn compare(
    expected: &Expected,
    log: &Log,
    returned: Option<(Returned, Duration)>,
    tokens: f32,
) -> Result<(), String> {
    if let Some(broken) = &log.broken {
        return Err(broken.clone());
    }
    for (number, at) in log.starts.iter().enumerate() {
        let attempt = number + 1;
        let Some(expected_at) = expected.starts.get(number) else {
            return Err(format!(
                "attempt {attempt} starts, and none should after attempt {number}"
            ));
        };
        if at != expected_at {
            return Err(format!(
                "attempt {attempt} starts at {}, and should start at {}",
                words(*at),
                words(*expected_at)
            ));
        }
        let (tokens, expected) = (log.budgets[number], thousandths(expected.budgets[number]));
        if !is_near(tokens, expected) {
            return Err(format!(
                "when attempt {attempt} starts, the budget has {tokens} tokens, and should have \
                 {expected}"
            ));
        }
    }
    let expected_results: Vec<String> = expected.results.iter().map(Returned::to_string).collect();
    let expected_results = match &expected_results[..] {
        [] => "wait for longer than anyone looks".to_owned(),
        results => format!("return {} at {}", results.join(" or "), words(expected.end)),
    };
    match returned {
        Some((result, at)) if expected.results.contains(&result) && at == expected.end => {}
        None if expected.results.is_empty() => {}
        Some((result, at)) => {
            return Err(format!(
                "`retry` returns {result} at {}, and should {expected_results}",
                words(at)
            ));
        }
        None => return Err(format!("`retry` never returns, and should {expected_results}")),
    }
    if log.drops.iter().any(|drop| !expected.drops.contains(drop)) && !expected.results.is_empty() {
        return Err(format!(
            "attempts are dropped before they end: {}; expected: {}",
            dropped(&log.drops),
            dropped(&expected.drops)
        ));
    }
    match expected.budget.map(thousandths) {
        Some(expected) if !is_near(tokens, expected) => Err(format!(
            "when `retry` has returned, the budget has {tokens} tokens, and should have {expected}"
        )),
        _ => Ok(()),
    }
}

/// Whether two counts have the same thousandths: an answer may round a last bit in another way.
fn is_near(tokens: f32, expected: f32) -> bool {
    (tokens - expected).abs() < 0.0005
}

fn thousandths(count: u64) -> f32 {
    count as f32 / 1_000.0
}

fn dropped(drops: &[(u32, Duration)]) -> String {
    let words = drops.iter().map(|(attempt, at)| format!("attempt {attempt} at {}", words(*at)));
    let words = words.collect::<Vec<_>>().join(", ");
    if words.is_empty() { "none".to_owned() } else { words }
}

fn words(time: Duration) -> String {
    if time == Duration::MAX {
        "Duration::MAX".to_owned()
    } else {
        format!("{} ms", time.as_millis())
    }
}

fn end_words(attempt: u32, outcome: Outcome) -> String {
    match outcome {
        Outcome::Succeeds => format!("attempt {attempt} succeeds"),
        Outcome::Fails => format!("attempt {attempt} fails"),
        Outcome::AsksFor(wait) => format!("attempt {attempt} fails and asks for {}", words(wait)),
        Outcome::FailsPermanently => format!("attempt {attempt} fails permanently"),
    }
}

fn setting(call: &Call) -> String {
    let Call { max_attempts, base_delay, max_delay, limit, tokens, .. } = call;
    let limit = limit.map(|limit| format!(", attempt_timeout {}", words(limit)));
    let moves = if call.moves { "; each poll comes from another task" } else { "" };
    format!(
        "max_attempts {max_attempts}, base_delay {}, max_delay {}{}, and a budget of {tokens} with {} \
         per success{moves}",
        words(*base_delay),
        words(*max_delay),
        limit.unwrap_or_default(),
        thousandths(call.thousandths_per_success)
    )
}
