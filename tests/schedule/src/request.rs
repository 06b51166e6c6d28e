//! What a check's process is asked, and where it answers.
//!
//! The request arrives on standard input, before any code of the answer has run. The record is
//! written to a file that only the request names, and repeats the request's nonce. An answer
//! knows neither, so it cannot forge a pass by printing or by calling `process::exit(0)`: a
//! check without a record, or with another nonce, has failed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Interleaving, Outcome, Shortening};

/// Set in the environment of a process that is to run one check.
pub const CHECK_VARIABLE: &str = "INTERLEAVE_CHECK";

/// One line of JSON on the process's standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// A random text that the record has to repeat.
    pub nonce: String,
    /// The file to write the record to, which is empty.
    pub record: PathBuf,
    /// What to do if the check is a search; others ignore it.
    pub search: Search,
}

/// Which interleavings an explored check is to run, or which sequences one that generates them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Search {
    /// Look for an interleaving that fails.
    #[default]
    All,
    /// The same for a check that is searched by seeds, beginning with this seed.
    From(u64),
    /// This interleaving has failed: record it, or one that also fails and is easier to follow.
    Record(Interleaving),
    /// Run only the schedule of this seed, and record it.
    Replay(u64),
    /// This sequence hung: look for a shorter one that fails.
    Shorten(Shortening),
}

/// The answer to a [`Request`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The request's.
    pub nonce: String,
    /// How the check ended.
    pub outcome: Outcome,
}
