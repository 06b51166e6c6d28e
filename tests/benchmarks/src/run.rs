//! Runs the benchmarks of one exercise: criterion's, and the Go programs.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use workbook::answer::AnswerSource;
use workbook::{Fault, Workbook};

use crate::measured::{self, Measured};

/// A command of cargo in the workbook.
pub fn cargo(workbook: &Workbook, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(workbook.root());
    cargo
}

/// Removes a folder with all that is in it, if it is there.
///
/// # Errors
///
/// If that fails.
pub fn remove(folder: &Path) -> Result<(), Fault> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Fault::of(folder.display())(error))
        }
        _ => Ok(()),
    }
}

/// The benchmarks of an exercise.
pub struct Benchmarks<'a> {
    workbook: &'a Workbook,
    name: &'a str,
    folder: PathBuf,
}

impl<'a> Benchmarks<'a> {
    /// The benchmarks of the exercise that an answer is to. They leave what they measure in a
    /// folder of the answer's own.
    ///
    /// # Errors
    ///
    /// If the exercise has none.
    pub fn of(workbook: &'a Workbook, answer: &'a AnswerSource) -> Result<Self, Fault> {
        let name = &answer.exercise.name;
        let benches = workbook.root().join("tests/benchmarks/benches");
        if !benches.join(name).with_extension("rs").is_file() {
            return Err(Fault(format!("exercise-{} has no benchmarks", answer.exercise.label())));
        }
        let folder = workbook.target().join("criterion").join(&answer.package);
        Ok(Self { workbook, name, folder })
    }

    /// What criterion measures: all the work, or that whose name has these words in it. With a
    /// feature of this package, the answer that the feature is for, too.
    ///
    /// # Errors
    ///
    /// If the benchmarks cannot be built or do not run to their end.
    pub fn rust(&self, work: Option<&str>, feature: Option<&str>) -> Result<Vec<Measured>, Fault> {
        remove(&self.folder)?;
        let mut bench = cargo(self.workbook, &["bench", "--quiet", "--package", "benchmarks"]);
        bench.args(["--bench", self.name]);
        bench.args(feature.iter().flat_map(|feature| ["--features", feature]));
        bench.arg("--").args(work).env("CRITERION_HOME", &self.folder);
        let status = bench.status().map_err(Fault::of("cargo bench"))?;
        if !status.success() {
            return Err(Fault(format!("the benchmark was not run to its end: {status}")));
        }
        measured::read(&self.folder).map_err(Fault::of(self.folder.display()))
    }

    /// What the Go programs measure.
    ///
    /// # Errors
    ///
    /// If they cannot be built or do not run to their end.
    pub fn go(&self) -> Result<Vec<Measured>, Fault> {
        let mut go = Command::new("go");
        go.args(["run", ".", self.name]);
        go.current_dir(self.workbook.root().join("tests/benchmarks/go"));
        // Where Debian has the sources of golang.org/x/sync: nothing is downloaded.
        go.envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode")]);
        let output = go.stderr(Stdio::inherit()).output().map_err(Fault::of("go"))?;
        if !output.status.success() {
            return Err(Fault(format!(
                "the Go programs did not run to their end: {}; on Debian they need \
                 `apt install golang-go golang-golang-x-sync-dev`",
                output.status
            )));
        }
        serde_json::from_slice(&output.stdout).map_err(Fault::of("what the Go programs print"))
    }

    /// Where criterion's plots are.
    pub fn plots(&self) -> PathBuf {
        self.folder.join("report/index.html")
    }
}
