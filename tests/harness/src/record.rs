//! What a check's process is asked, and what it answers.
//!
//! The request comes by standard input, before any code of the answer has run; the
//! record goes into a file that only the request names, with the request's nonce. So
//! neither `process::exit(0)` nor printed success is taken for a pass: without the
//! record, or with another nonce, the check has failed.

use std::path::PathBuf;

use explorer::Schedule;
use explorer::explore::Interleaving;
use serde::{Deserialize, Serialize};

/// Set in the environment of a process that is to run one check.
pub const CHECK_VARIABLE: &str = "INTERLEAVE_CHECK";

#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    pub nonce: String,
    /// Where the record goes.
    pub record: PathBuf,
    pub search: Search,
}

/// What an explored check is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Search {
    /// Look for an interleaving that fails.
    #[default]
    All,
    /// The same, by seeds from this one on.
    From(u64),
    /// This one has failed: record it, or one that fails and is easier to follow.
    Record(Interleaving),
    /// Run no more than the schedule of this seed, and record it.
    Replay(u64),
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    pub nonce: String,
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// What is wrong, in the learner's terms.
    pub message: Option<String>,
    /// The interleaving that fails.
    pub interleaving: Option<Interleaving>,
    /// The same, step by step.
    pub schedule: Option<Schedule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Passed,
    Failed,
    /// It did not end.
    Timeout,
    /// A limit of the search was reached: no verdict either way.
    Inconclusive,
}

impl Outcome {
    pub fn passed() -> Self {
        Self { status: Status::Passed, message: None, interleaving: None, schedule: None }
    }

    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), status, ..Self::passed() }
    }
}
