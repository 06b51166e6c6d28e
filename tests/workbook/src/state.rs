//! What is remembered between two commands: the last verdict, the hints that are open,
//! and a request for the solution.
//!
//! It is in `target/interleave`, a folder for each answer. All of it can be lost without
//! harm: what is not there, broken or of another version is as if it had never been, and
//! a disk that cannot be written to is no fault.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::answer::AnswerSource;
use crate::exercise::Check;
use crate::verdict::Verdict;

/// The folder of an answer.
#[derive(Debug)]
pub struct State(PathBuf);

/// A verdict, and what it was passed on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    pub answer: String,
    pub verdict: Verdict,
}

impl State {
    pub fn of(answer: &AnswerSource) -> Self {
        Self(answer.workspace.join("target/interleave").join(&answer.package))
    }

    pub fn keep(&self, kept: &Kept) {
        self.write("verdict.json", kept);
    }

    /// The last verdict by these checks.
    pub fn kept(&self, checks: &[Check]) -> Option<Kept> {
        let kept: Kept = self.read("verdict.json")?;
        let then = kept.verdict.checks.iter().map(|check| (&check.name, check.max_points));
        then.eq(checks.iter().map(|check| (&check.name, check.points))).then_some(kept)
    }

    /// Opens one more hint of a check that has `most`, and returns how many are open then.
    pub fn open_hint(&self, check: &Check) -> usize {
        let mut open: BTreeMap<String, usize> = self.read("hints.json").unwrap_or_default();
        let number = open.get(&check.name).map_or(1, |open| open.saturating_add(1));
        let number = number.clamp(1, check.hints.len());
        open.insert(check.name.clone(), number);
        self.write("hints.json", &open);
        number
    }

    /// Whether the solution was asked for when the answer was this.
    pub fn asked(&self, answer: &str) -> bool {
        self.read::<String>("asked.json").is_some_and(|asked| asked == answer)
    }

    /// Remembers that the solution was asked for.
    pub fn ask(&self, answer: &str) {
        self.write("asked.json", answer);
    }

    /// Begins anew; the last verdict still holds for what it was passed on.
    pub fn forget(&self) {
        for file in ["hints.json", "asked.json"] {
            let _ = fs::remove_file(self.0.join(file));
        }
    }

    fn read<T: DeserializeOwned>(&self, file: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.0.join(file)).ok()?).ok()
    }

    /// As a whole or not at all.
    fn write<T: Serialize + ?Sized>(&self, file: &str, value: &T) {
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&self.0)?;
            let mut new = NamedTempFile::new_in(&self.0)?;
            new.write_all(&serde_json::to_vec(value)?)?;
            new.persist(self.0.join(file))?;
            Ok(())
        };
        let _ = write();
    }
}
