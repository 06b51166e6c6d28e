//! What a verdict depends on, as one number.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use walkdir::WalkDir;
use workbook::exercise::{Check, Exercise};
use workbook::{Fault, Workbook};

use crate::gradebook::Isolation;

/// Code that only collects answers or shows verdicts. All other code of the graders counts, and so
/// does what is added.
const DECIDES_NOTHING: [&str; 16] = [
    "tests/README.md",
    "tests/benchmarks",
    "tests/grading/readers",
    "tests/grading/src/class",
    "tests/grading/src/commands",
    "tests/grading/src/intake",
    "tests/grading/src/main.rs",
    "tests/grading/src/report",
    "tests/grading/src/similar",
    "tests/play",
    "tests/workbook/src/commands",
    "tests/workbook/src/doctor",
    "tests/workbook/src/guide",
    "tests/workbook/src/hints.rs",
    "tests/workbook/src/print",
    "tests/workbook/src/side_by_side.rs",
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
        let answer = format!("exercises/{folder}/src/{}.rs", exercise.name);
        let others: Vec<String> = workbook
            .with_optional()
            .map(|exercise| format!("tests/{}", exercise.folder()))
            .collect();
        let counts = |path: &str| {
            // The tests of the graders: `tests/schedule/tests`.
            let is_test = path.starts_with("tests/") && path.ends_with("/tests");
            !is_test
                && path != answer
                && !DECIDES_NOTHING.contains(&path)
                && !others.iter().any(|other| path == other)
        };
        hash.add_files(root, "tests", &counts)?;
        let own = ["exercise.toml", "checks"].map(|name| format!("tests/{folder}/{name}"));
        let given = ["Cargo.lock", "Cargo.toml", "exercises/ollama"].map(str::to_owned);
        for path in own.into_iter().chain(given) {
            hash.add_files(root, &path, &|_| true)?;
        }
        let package = format!("exercises/{folder}");
        let is_read = |path: &str| {
            path != answer && (root.join(path).is_dir() || is_read_by_cargo(&path[package.len()..]))
        };
        hash.add_files(root, &package, &is_read)?;
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

    /// Adds a file, or the files below a folder that count, in the order of their names.
    fn add_files(
        &mut self,
        root: &Path,
        top: &str,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<(), Fault> {
        let name = |path: &Path| {
            let path = path.strip_prefix(root).unwrap_or(path);
            path.to_string_lossy().replace('\\', "/")
        };
        let entries = WalkDir::new(root.join(top)).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| counts(&name(entry.path()))) {
            let entry = entry.map_err(Fault::of(top))?;
            if !entry.file_type().is_dir() {
                let text = fs::read(entry.path()).map_err(Fault::of(entry.path().display()))?;
                self.add(&name(entry.path()), &text);
            }
        }
        Ok(())
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

/// Whether cargo or rustc may read a file of this path in a package. They read no notes, and no copies
/// that `just reset` leaves, such as `semaphore.rs.1`. An answer that includes another file is refused.
fn is_read_by_cargo(path: &str) -> bool {
    path.ends_with(".rs")
        || path.ends_with(".toml")
        || path.ends_with("/rust-toolchain")
        || path.contains("/.cargo/")
}

/// In hexadecimal: the name of a file.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
