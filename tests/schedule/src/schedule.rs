//! A schedule as data: who did what, in which order, and at which line of the answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One interleaving, from its first step to the failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// What the model does, in a sentence.
    pub scenario: String,
    /// The threads' names; steps refer to them by index.
    pub threads: Vec<String>,
    /// What the threads did, in this order.
    pub steps: Vec<Step>,
    /// How it ended; empty if it passed.
    pub outcome: String,
    /// Explanations that help to read the steps.
    pub notes: Vec<String>,
    /// Which interleaving it is.
    #[serde(flatten)]
    pub found: Found,
    /// The lines that the steps point at.
    pub source: Source,
}

impl Schedule {
    /// Whether all steps are of threads that have a name.
    pub fn is_sound(&self) -> bool {
        self.steps.iter().all(|step| step.thread < self.threads.len())
    }
}

/// An interleaving of a search: enough to run it again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Interleaving {
    /// Of an exhaustive search.
    Counted {
        /// The number of the model, for a check that has several, from 0.
        #[serde(default)]
        model: usize,
        /// The most preemptions that the pass allowed; `None` is any number.
        preemptions: Option<usize>,
        /// Whether the pass let loads of atomics return old values.
        stale_loads: bool,
        /// Its number in that pass, from 1.
        number: usize,
    },
    /// Of a search by seeds.
    Seeded {
        /// The seed that decides every choice of the scheduler.
        seed: u64,
    },
}

/// How the interleaving of a schedule was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Found {
    /// In an exhaustive search.
    Counted {
        /// Its number in the search, from 1.
        interleaving: usize,
        /// How often a thread was switched away that could have gone on.
        preemptions: usize,
    },
    /// In a search by seeds.
    Seeded {
        /// The seed that decides every choice of the scheduler.
        seed: u64,
    },
}

/// The lines of the answer that steps point at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The path that the learner knows: `src/semaphore.rs`.
    pub file: String,
    /// The texts of the lines, by number.
    pub lines: BTreeMap<u32, String>,
}

/// One thing that one thread did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The index of the thread.
    pub thread: usize,
    /// What it did.
    pub operation: Operation,
    /// The primitive, by the name of its field or variable where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<String>,
    /// The value found there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sees: Option<String>,
    /// Whether the value is older than the last one stored there: nothing ordered that store
    /// before this load.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub stale: bool,
    /// The value left there, if it is another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaves: Option<String>,
    /// The thread that is woken, or that holds what this one waits for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other: Option<usize>,
    /// The words of a note, or the method of an update.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// The line in the answer's file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Why the thread of the step before this one stopped running.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub switch: Option<Switch>,
}

impl Step {
    /// A step of this thread, with no details.
    pub fn new(thread: usize, operation: Operation) -> Self {
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

/// The kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The model says what it is about to do; `text` is what it says.
    Note,
    /// Takes a lock.
    Lock,
    /// `try_lock` and the like, when they get the lock.
    TryLock,
    /// `try_lock` and the like, when they do not get the lock.
    TryLockFails,
    /// Releases a lock.
    Unlock,
    /// Releases the lock and waits on a condition variable.
    Wait,
    /// Wakes one thread that waits on a condition variable.
    NotifyOne,
    /// Wakes all threads that wait on a condition variable.
    NotifyAll,
    /// Reads an atomic.
    Load,
    /// Writes an atomic.
    Store,
    /// A read-modify-write of an atomic; `text` is the method.
    Update,
    /// A compare-and-exchange that found another value; `text` is the method.
    UpdateFails,
    /// A memory fence; `text` is its ordering.
    Fence,
    /// An operation on a channel; `text` is the method.
    Channel,
    /// The task is pending, and sleeps until it is woken.
    Sleep,
    /// Wakes a task.
    Wake,
    /// Waits until another thread has ended.
    Join,
    /// Cannot go on, because another thread has what it needs.
    Blocked,
    /// Something that can be observed from outside; `text` says what.
    Event,
    /// Waits at the end for something that never happens; `text` says what.
    Stuck,
    /// Panics.
    Panic,
}

/// Why a thread stopped running, and another one went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// It could have gone on, but the scheduler chose another.
    Preempted,
    /// It waits, as its last step says.
    Blocked,
    /// It has ended.
    Ended,
}
