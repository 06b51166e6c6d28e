//! What is remembered from one command to the next: the last verdict, the hints that are open,
//! and that the learner asked for the solution.
//!
//! It is kept in `target/interleave`, in a folder for each answer. Losing it does no harm: a file
//! that is missing, broken or of another version counts as none, and a disk that cannot be
//! written to is no fault.

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

/// What is remembered about an answer.
#[derive(Debug)]
pub struct State(PathBuf);

/// A verdict, and the text that it is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct LastVerdict {
    /// The text of the answer.
    pub answer: String,
    /// What the checks say about it.
    pub verdict: Verdict,
}

impl State {
    /// What is remembered about this answer.
    pub fn of(answer: &AnswerSource) -> Self {
        Self(answer.workspace.join("target/interleave").join(&answer.package))
    }

    /// Remembers a verdict.
    pub fn keep(&self, verdict: &LastVerdict) {
        self.write("verdict.json", verdict);
    }

    /// The last verdict, if it is one by these checks.
    pub fn last_verdict(&self, checks: &[Check]) -> Option<LastVerdict> {
        let last: LastVerdict = self.read("verdict.json")?;
        let then = last.verdict.checks.iter().map(|check| (&check.name, check.max_points));
        then.eq(checks.iter().map(|check| (&check.name, check.points))).then_some(last)
    }

    /// Opens one more hint about a topic that has `most` of them. Returns how many are open now.
    pub fn open_hint(&self, topic: &str, most: usize) -> usize {
        let mut open: BTreeMap<String, usize> = self.read("hints.json").unwrap_or_default();
        let number = open.get(topic).map_or(1, |open| open.saturating_add(1)).clamp(1, most);
        open.insert(topic.to_owned(), number);
        self.write("hints.json", &open);
        number
    }

    /// Whether the learner asked for the solution when the answer had this text.
    pub fn asked(&self, answer: &str) -> bool {
        self.read::<String>("asked.json").is_some_and(|asked| asked == answer)
    }

    /// Remembers that the learner asked for the solution.
    pub fn ask(&self, answer: &str) {
        self.write("asked.json", answer);
    }

    /// Closes the hints and the solution again. The last verdict stays: it names the text that it
    /// is about.
    pub fn forget(&self) {
        for file in ["hints.json", "asked.json"] {
            let _ = fs::remove_file(self.0.join(file));
        }
    }

    fn read<T: DeserializeOwned>(&self, file: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.0.join(file)).ok()?).ok()
    }

    /// Writes the whole file or nothing.
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
