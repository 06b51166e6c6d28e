//! What a class has handed in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// All learners, by their id.
#[derive(Debug, Default)]
pub struct Class {
    /// Those who handed something in, and those on the roster who did not.
    pub learners: BTreeMap<String, Learner>,
    /// What an instructor should know about what belongs to no learner.
    pub notes: Vec<String>,
}

/// A learner, and what is known of them.
#[derive(Debug, Default)]
pub struct Learner {
    /// From the roster, or from the name that a learning platform gave the submission.
    pub name: Option<String>,
    /// From the roster.
    pub email: Option<String>,
    /// The attempts at each exercise, by its number, the earliest first.
    pub attempts: BTreeMap<u32, Vec<Attempt>>,
    /// What an instructor should know about the submission as a whole: an archive that cannot be
    /// read, files that were left out.
    pub notes: Vec<String>,
}

/// An answer as it was handed in.
#[derive(Debug)]
pub struct Attempt {
    /// Where it was found, relative to the folder of submissions: `ada/semaphore.rs`, or
    /// `ada.zip/src/semaphore.rs`.
    pub found: String,
    /// When, if the learning platform or the roster says so.
    pub handed_in: Option<Timestamp>,
    /// Whether the learning platform marks it as late.
    pub late: bool,
    /// The answer, or why it cannot be judged: too large, not UTF-8, a symlink, unreadable.
    pub answer: Result<AnswerFile, String>,
}

/// A copy of an answer's text, in the folder of the grades.
#[derive(Debug)]
pub struct AnswerFile {
    /// The copy.
    pub path: PathBuf,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}

/// The SHA-256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
