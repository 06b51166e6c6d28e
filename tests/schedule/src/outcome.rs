//! How a check ended.

use serde::{Deserialize, Serialize};

use crate::{Interleaving, Schedule, Shortening, Story};

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it passed, and if not, in which way.
    pub status: Status,
    /// Why it failed, where the reason is more general than the check. `None`: an assertion of
    /// the check failed, or it passed.
    pub cause: Option<Cause>,
    /// What is wrong, in words for the learner.
    pub message: Option<String>,
    /// The interleaving that failed.
    pub interleaving: Option<Interleaving>,
    /// The same interleaving step by step, if it has been recorded; or the one that was asked for,
    /// if that passed.
    pub schedule: Option<Schedule>,
    /// The sequence of calls and events that failed.
    #[serde(default)]
    pub story: Option<Story>,
    /// The sequence may be made shorter from here, in another process: it hung in this one.
    #[serde(default)]
    pub shortening: Option<Shortening>,
    /// How many interleavings, schedules or sequences all passed, if the check searches them.
    #[serde(default)]
    pub searched: u64,
}

/// Whether a check passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All that it asserts holds.
    Passed,
    /// Something that it asserts does not hold.
    Failed,
    /// It did not end.
    Timeout,
    /// A limit of the search was reached: no verdict either way.
    Inconclusive,
}

/// Why a check failed, where the same reason can make any check fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The answer has a `todo!()` where the check needs code.
    NotWritten,
    /// The answer's code panicked.
    Panicked,
    /// Every thread of the process is blocked.
    Stuck,
    /// The answer computes without an end.
    Endless,
    /// Something is awaited that nothing is left to bring about.
    WaitsForever,
    /// The answer uses something that blocks, or that the explorer cannot see.
    Bypass,
    /// A future or a type that has to be `Send` is not.
    NotSend,
    /// The answer ended or aborted the whole process.
    Crashed,
    /// The answer printed more than the runner accepts.
    Prints,
    /// The answer used more of the machine than a check may.
    Limit,
}

impl Outcome {
    /// The check passed.
    pub fn passed() -> Self {
        Self {
            status: Status::Passed,
            cause: None,
            message: None,
            interleaving: None,
            schedule: None,
            story: None,
            shortening: None,
            searched: 0,
        }
    }

    /// The check ended in another way; the message says what was expected and what was seen.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: Some(message.into()), ..Self::passed() }
    }

    /// The same, for a reason that is not the check's own.
    pub fn because(self, cause: Cause) -> Self {
        Self { cause: Some(cause), ..self }
    }
}
