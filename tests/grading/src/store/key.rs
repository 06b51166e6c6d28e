//! What a verdict depends on, as one number.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use workbook::exercise::{Check, Exercise};
use workbook::{Fault, Workbook};

use crate::gradebook::Isolation;

/// The files and folders that decide the verdict on an answer to any exercise.
const SHARED: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "tests/explorer",
    "tests/features",
    "tests/grading/src",
    "tests/harness",
    "tests/ollama-mock",
    "tests/scan/src",
    "tests/schedule",
    "tests/workbook/src",
];
/// Parts of the workbook that only show a verdict.
const ONLY_SHOW: [&str; 6] = [
    "tests/workbook/src/commands",
    "tests/workbook/src/guide",
    "tests/workbook/src/print",
    "tests/grading/src/class",
    "tests/grading/src/intake",
    "tests/grading/src/report",
];

/// All that decides a verdict, except for the answer and which checks judge it.
#[derive(Clone, Debug)]
pub struct Ingredients(Sha256);

/// Two verdicts with the same key are the same, times apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Ingredients {
    /// Reads all that decides a verdict on an answer to this exercise.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or rustc cannot be run.
    pub fn of(
        workbook: &Workbook,
        exercise: &Exercise,
        isolation: Isolation,
    ) -> Result<Self, Fault> {
        let root = workbook.root();
        let mut hash = Self(Sha256::new());
        let folder = exercise.folder();
        let own = [
            format!("exercises/{folder}"),
            format!("tests/{folder}/checks"),
            format!("tests/{folder}/exercise.toml"),
        ];
        let shared = SHARED.map(str::to_owned);
        let answer = PathBuf::from(format!("exercises/{folder}/src/{}.rs", exercise.name));
        for path in own.into_iter().chain(["exercises/ollama".to_owned()]).chain(shared) {
            hash.add_files(root, Path::new(&path), &answer)?;
        }
        let rustc = Command::new("rustc").arg("-vV").current_dir(root).output();
        hash.add("rustc", &rustc.map_err(Fault::of("rustc cannot be run"))?.stdout);
        hash.add("isolation", format!("{isolation:?}").as_bytes());
        Ok(hash)
    }

    /// The key of the verdict on an answer, named by the SHA-256 of its text, by some checks.
    pub fn key(&self, answer_sha256: &str, checks: &[&Check]) -> Key {
        let mut hash = self.clone();
        for check in checks {
            hash.add("check", check.name.as_bytes());
        }
        hash.add("answer", answer_sha256.as_bytes());
        Key(hash.0.finalize().into())
    }

    /// Adds a file, or the files below a folder in the order of their names, but for the answer.
    fn add_files(&mut self, root: &Path, path: &Path, answer: &Path) -> Result<(), Fault> {
        if path == answer || ONLY_SHOW.iter().any(|part| path == Path::new(part)) {
            return Ok(());
        }
        let full = root.join(path);
        if full.is_file() {
            let text = fs::read(&full).map_err(Fault::of(path.display()))?;
            self.add(&path.to_string_lossy().replace('\\', "/"), &text);
            return Ok(());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&full).map_err(Fault::of(path.display()))? {
            names.push(entry.map_err(Fault::of(path.display()))?.file_name());
        }
        names.sort();
        names.into_iter().try_for_each(|name| self.add_files(root, &path.join(name), answer))
    }

    /// Adds a value under a name. With their lengths, no two sequences of values are the same
    /// bytes.
    fn add(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), value] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }
}

/// In hexadecimal: the name of a file.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
