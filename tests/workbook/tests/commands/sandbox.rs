//! A workbook in a temporary folder, with the stubs as its answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use schedule::Cause;
use tempfile::TempDir;
use workbook::Workbook;
use workbook::answer::{AnswerSource, Owner};
use workbook::exercise::{Check, Exercise};
use workbook::guide;
use workbook::state::{LastVerdict, State};
use workbook::verdict::{CheckResult, CheckStatus, Status, Verdict};

/// Most tests use the answer to the semaphore.
pub struct Sandbox {
    book: Workbook,
    _folder: TempDir,
}

pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

fn verdict(answer: &AnswerSource, failing: &[&str], cause: Option<Cause>) -> Verdict {
    let exercise = &answer.exercise;
    let results = exercise.checks.iter().map(|check| {
        let not_run = CheckResult::not_run(exercise, check);
        match failing.contains(&&*check.name) {
            true => CheckResult { status: CheckStatus::Failed, cause, ..not_run },
            false => {
                let status = CheckStatus::Passed;
                CheckResult { status, points: check.points, ..not_run }
            }
        }
    });
    Verdict::of(&answer.package, results.collect(), Duration::ZERO)
}

impl Sandbox {
    pub fn new() -> Self {
        let real = Workbook::here().expect("the tests run inside the workbook");
        let folder = TempDir::new().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("tests/workbook")).expect("it can be made");
        let text = |path: PathBuf| fs::read_to_string(path).expect("it can be read");
        for exercise in real.with_optional() {
            let copy = |file: PathBuf, text: String| {
                let to = root.join(file.strip_prefix(real.root()).expect("it is in the workbook"));
                fs::create_dir_all(to.parent().expect("a folder")).expect("it can be made");
                fs::write(to, text).expect("it can be written");
            };
            let entry = exercise.tests.join("exercise.toml");
            let own = text(entry.clone());
            let (head, _) = own.split_once("[[check]]").expect("it has checks");
            copy(entry, format!("{head}{}", include_str!("checks.toml")));
            // Not the real texts, since the stand-in for cargo goes by what an answer says.
            let stub = format!("// The stub of {}.\n", exercise.name);
            copy(exercise.stub(), stub.clone());
            copy(real.answer(exercise, Owner::Learner).path(), stub);
            let solution = format!("// The solution of {}.\n", exercise.name);
            copy(real.answer(exercise, Owner::Workbook).path(), solution);
        }
        fs::create_dir_all(root.join("temporary")).expect("it can be made");
        Self { book: Workbook::open(root).expect("it is whole"), _folder: folder }
    }

    /// The workbook that is in it.
    pub fn book(&self) -> &Workbook {
        &self.book
    }

    pub fn root(&self) -> &Path {
        self.book.root()
    }

    pub fn answer_of(&self, exercise: &Arc<Exercise>) -> AnswerSource {
        self.book.answer(exercise, Owner::Learner)
    }

    pub fn semaphore(&self) -> AnswerSource {
        self.book.find("semaphore").expect("it is there")
    }

    pub fn answer(&self) -> PathBuf {
        self.semaphore().path()
    }

    /// The learner saves another answer.
    pub fn write(&self, text: &str) {
        fs::write(self.answer(), text).expect("it can be written");
    }

    pub fn read(&self) -> String {
        fs::read_to_string(self.answer()).expect("it is there")
    }

    /// The learner was told that the answer to this exercise passes.
    pub fn judge_of(&self, exercise: &Arc<Exercise>) {
        let answer = self.answer_of(exercise);
        let verdict = verdict(&answer, &[], None);
        let text = answer.read().expect("it can be read").expect("it is there");
        State::of(&answer).keep(&LastVerdict { answer: text, verdict });
    }

    pub fn checks(&self) -> Vec<Check> {
        self.semaphore().exercise.checks.clone()
    }

    /// Whatever else is beside the answer, in order.
    pub fn beside(&self) -> Vec<String> {
        let folder = fs::read_dir(self.answer().parent().expect("a folder")).expect("it is there");
        let names = folder.map(|entry| entry.expect("it can be read").file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| name != "semaphore.rs");
        names.sort();
        names
    }

    pub fn state(&self) -> State {
        State::of(&self.semaphore())
    }

    /// The learner has an answer, and was told that these checks fail.
    pub fn judged(&self, text: &str, failing: &[&str]) {
        self.judged_because(text, failing, None);
    }

    /// The learner has an answer, and was told that these checks fail for this cause.
    pub fn judged_because(&self, text: &str, failing: &[&str], cause: Option<Cause>) {
        let checks = self.checks();
        assert!(failing.iter().all(|name| checks.iter().any(|check| check.name == *name)));
        self.keep(text, verdict(&self.semaphore(), failing, cause));
    }

    /// The learner has an answer that could not be checked.
    pub fn not_judged(&self, text: &str, status: Status, message: &str) {
        let message = Some(message.to_owned());
        let (answer, took) = (self.semaphore(), Duration::ZERO);
        let verdict =
            Verdict::without_checks(&answer.package, status, message, &answer.exercise, took);
        self.keep(text, verdict);
    }

    fn keep(&self, text: &str, verdict: Verdict) {
        self.write(text);
        self.state().keep(&LastVerdict { answer: text.to_owned(), verdict });
    }

    /// The folder that commands use as the temporary one.
    pub fn temporary(&self) -> PathBuf {
        self.root().join("temporary")
    }

    /// A command that cannot build anything, since there is no cargo.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
        command.current_dir(self.root()).args(arguments).env("CARGO", "/no/cargo");
        command.env("TMPDIR", self.temporary());
        // No guide is shown there, whatever runs on this machine.
        command.env(guide::ADDRESS, "127.0.0.1:1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.output(self.command(arguments))
    }

    pub fn output(&self, mut command: Command) -> Output {
        let output = command.output().expect("it can be run");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Output { code: output.status.code(), stdout, stderr }
    }
}
