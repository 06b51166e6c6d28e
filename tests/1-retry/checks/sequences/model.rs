//! What the contract says of a call: the loop of `retry`, in numbers.

use std::fmt;
use std::time::Duration;

use super::events::{Call, Outcome};

/// What a call of `retry` has to do.
#[derive(Debug, Default)]
pub struct Expected {
    /// When each attempt starts.
    pub starts: Vec<Duration>,
    /// How many thousandths of a token are there when each attempt starts.
    pub budgets: Vec<u64>,
    /// When the attempts that do not end by themselves are dropped.
    pub drops: Vec<(u32, Duration)>,
    /// What the call may return: two results where the contract leaves it open. None at all: it
    /// waits for as long as anyone looks.
    pub results: Vec<Returned>,
    /// When it returns.
    pub end: Duration,
    /// How many thousandths of a token are left, where the contract says it.
    pub budget: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Returned {
    Success { attempt: u32 },
    Permanent { attempt: u32 },
    Exhausted { attempts: u32, last: u32 },
    OverBudget { attempts: u32, last: u32 },
    TimedOut { attempts: u32 },
    Cancelled,
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success { attempt } => write!(f, "the result of attempt {attempt}"),
            Self::Permanent { attempt } => {
                write!(f, "`Permanent`, with the error of attempt {attempt}")
            }
            Self::Exhausted { attempts, last } => {
                write!(f, "`Exhausted` after {attempts}, with the error of attempt {last}")
            }
            Self::OverBudget { attempts, last } => {
                write!(f, "`OverBudget` after {attempts}, with the error of attempt {last}")
            }
            Self::TimedOut { attempts } => write!(f, "`TimedOut` after {attempts}"),
            Self::Cancelled => write!(f, "`Cancelled`"),
        }
    }
}

/// A time that nobody waits for. tokio's timer goes a little further.
pub const HORIZON: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// `min(max_delay, base_delay * 2^(n-1))`, before the n-th retry.
fn delay(call: &Call, retry: u32) -> Duration {
    let doubled =
        1_u32.checked_shl(retry - 1).and_then(|factor| call.base_delay.checked_mul(factor));
    let zero = call.base_delay.is_zero();
    let delay = doubled.unwrap_or(if zero { Duration::ZERO } else { Duration::MAX });
    delay.min(call.max_delay)
}

pub fn expected(call: &Call) -> Expected {
    let mut expected = Expected::default();
    let most = u64::from(call.tokens) * 1_000;
    let mut budget = most;
    let mut now = Duration::ZERO;
    let cancelled = |by: Duration| call.cancel_at.is_some_and(|time| time <= by);
    for attempt in 1..=call.max_attempts {
        if cancelled(now) {
            // Whether a call that never retries gives its token back is left open.
            let budget = (attempt == 1).then_some(budget);
            return expected.returns(vec![Returned::Cancelled], now, budget);
        }
        let plan = call.attempt(attempt);
        expected.starts.push(now);
        expected.budgets.push(budget);
        for _ in 0..plan.others_spend {
            budget = budget.checked_sub(1_000).unwrap_or(budget);
        }
        for _ in 0..plan.others_succeed {
            budget = (budget + call.thousandths_per_success).min(most);
        }

        let times_out = call.limit.is_some_and(|limit| plan.takes > limit);
        let took = if times_out { call.limit.unwrap_or_default() } else { plan.takes };
        let ends = now.saturating_add(took);
        // A cancel at the very instant meets the outcome in one poll.
        if let Some(time) = call.cancel_at.filter(|&time| time < ends) {
            expected.drops.push((attempt, time));
            return expected.returns(vec![Returned::Cancelled], time, Some(budget));
        }
        if ends >= HORIZON {
            return expected;
        }
        if times_out {
            expected.drops.push((attempt, ends));
        }
        if !times_out && plan.outcome == Outcome::Succeeds {
            budget = (budget + call.thousandths_per_success).min(most);
            return expected.returns(vec![Returned::Success { attempt }], ends, Some(budget));
        }
        let last = |at_the_end: Returned| match times_out {
            true => Returned::TimedOut { attempts: attempt },
            false => at_the_end,
        };
        let over = if !times_out && plan.outcome == Outcome::FailsPermanently {
            Some(Returned::Permanent { attempt })
        } else if attempt == call.max_attempts {
            Some(last(Returned::Exhausted { attempts: attempt, last: attempt }))
        } else if budget < 1_000 {
            Some(last(Returned::OverBudget { attempts: attempt, last: attempt }))
        } else {
            budget -= 1_000;
            None
        };
        match (over, cancelled(ends)) {
            (Some(over), true) => {
                // Either may win, in one poll.
                return expected.returns(vec![over, Returned::Cancelled], ends, Some(budget));
            }
            (Some(over), false) => return expected.returns(vec![over], ends, Some(budget)),
            (None, _) => {}
        }
        let asked = match plan.outcome {
            Outcome::AsksFor(wait) if !times_out => wait,
            _ => Duration::ZERO,
        };
        now = ends.saturating_add(delay(call, attempt).max(asked));
        if let Some(time) = call.cancel_at.filter(|&time| time <= now) {
            return expected.returns(vec![Returned::Cancelled], time.max(ends), None);
        }
        if now >= HORIZON {
            return expected;
        }
    }
    unreachable!("the last attempt returns")
}

impl Expected {
    fn returns(self, results: Vec<Returned>, end: Duration, budget: Option<u64>) -> Self {
        Self { results, end, budget, ..self }
    }
}
