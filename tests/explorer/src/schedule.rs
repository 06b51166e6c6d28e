//! A schedule as data: who did what, in which order, and where in the answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One interleaving, from its first step to the failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// What the model does, in a sentence.
    pub scenario: String,
    /// The threads' names; steps refer to them by index.
    pub threads: Vec<String>,
    pub steps: Vec<Step>,
    /// How it ended.
    pub outcome: String,
    /// What helps to read it.
    pub notes: Vec<String>,
    #[serde(flatten)]
    pub found: Found,
    pub source: Source,
}

/// Which interleaving it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Found {
    Counted {
        /// Its number in the search, from 1.
        interleaving: usize,
        /// How often a thread was switched away that could have gone on.
        preemptions: usize,
    },
    Seeded {
        seed: u64,
    },
}

/// The lines of the answer that steps point at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// As the learner knows it: `src/semaphore.rs`.
    pub file: String,
    pub lines: BTreeMap<u32, String>,
}

/// One thing that one thread did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub thread: usize,
    pub operation: Operation,
    /// The primitive, by the name of its field or variable where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<String>,
    /// The value found there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sees: Option<String>,
    /// Whether another value has been stored there since: nothing ordered that store before
    /// this load.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub stale: bool,
    /// The value left there, if it is another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaves: Option<String>,
    /// The thread that is woken, or that holds what this one waits for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other: Option<usize>,
    /// The words of a note, the method of an update.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// Where, in the answer's file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Why the thread of the step before this one stopped running.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub switch: Option<Switch>,
}

impl Step {
    /// A step with nothing more to say.
    pub(crate) fn new(thread: usize, operation: Operation) -> Self {
        Self {
            thread,
            operation,
            object: None,
            sees: None,
            stale: false,
            leaves: None,
            other: None,
            text: None,
            line: None,
            switch: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The model says what it is about to do.
    Note,
    Lock,
    /// `try_lock` and its like, when they get the lock.
    TryLock,
    /// `try_lock` and its like, when they do not.
    TryLockFails,
    Unlock,
    /// Gives up the lock and waits on a condition variable.
    Wait,
    NotifyOne,
    NotifyAll,
    Load,
    Store,
    /// A read-modify-write; `text` is the method.
    Update,
    /// A compare-and-exchange that found another value.
    UpdateFails,
    Fence,
    /// An operation on a channel; `text` is the method.
    Channel,
    /// The task is pending, and runs again when it is woken.
    Sleep,
    Wake,
    Join,
    /// Cannot go on: another thread has what it needs.
    Blocked,
    /// Something that can be observed from outside; `text` says what.
    Event,
    /// Waits in the end for what will not come; `text` says what.
    Stuck,
    Panic,
}

/// Why a thread stopped running, and another went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// It could have gone on; the scheduler chose another.
    Preempted,
    /// It waits, as its last step says.
    Blocked,
    Ended,
}
