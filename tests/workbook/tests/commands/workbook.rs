//! A workbook in a temporary folder, with the stubs as its answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use workbook::checks::{self, Check};
use workbook::exercises::{self, Answer, EXERCISES, Exercise, Whose};
use workbook::state::{Kept, State};
use workbook::verdict::{CheckStatus, Judged, Status, Verdict};

/// Most tests use the answer to the semaphore.
pub struct Workbook(TempDir);

pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn semaphore() -> &'static Exercise {
    EXERCISES.iter().find(|exercise| exercise.name == "semaphore").expect("it is there")
}

fn verdict(package: &str, checks: &[Check], failing: &[&str]) -> Verdict {
    let judged = checks.iter().map(|check| match failing.contains(&check.name.as_str()) {
        true => Judged { status: CheckStatus::Failed, ..Judged::not_run(check) },
        false => {
            let status = CheckStatus::Passed;
            Judged { status, points: check.points, ..Judged::not_run(check) }
        }
    });
    Verdict::of(package, judged.collect(), Duration::ZERO)
}

impl Workbook {
    pub fn new() -> Self {
        let real = exercises::root().expect("the tests run inside of the workbook");
        let folder = TempDir::new().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("tests/workbook")).expect("it can be made");
        let copy = |from: PathBuf, to: PathBuf| {
            fs::create_dir_all(to.parent().expect("a folder")).expect("it can be made");
            fs::copy(from, to).expect("it can be copied");
        };
        for exercise in &EXERCISES {
            // Of one exercise for all, so that the tests do not change with each of them.
            let checks = semaphore().tests(&real).join("exercise.toml");
            copy(checks, exercise.tests(root).join("exercise.toml"));
            copy(exercise.stub(&real), exercise.stub(root));
            // In the real folder there may be a learner's answer.
            copy(exercise.stub(&real), exercise.answer(root, Whose::Learner).path());
            let solution = |root| exercise.answer(root, Whose::Solution).path();
            copy(solution(&real), solution(root));
        }
        Self(folder)
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn semaphore(&self) -> Answer {
        semaphore().answer(self.root(), Whose::Learner)
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
    pub fn judge_of(&self, exercise: &'static Exercise) {
        let answer = exercise.answer(self.root(), Whose::Learner);
        let checks = checks::of(exercise, self.root()).expect("it can be read");
        let verdict = verdict(&answer.package, &checks, &[]);
        let text = answer.read().expect("it can be read").expect("it is there");
        State::of(self.root(), &answer).keep(&Kept { answer: text, verdict });
    }

    pub fn checks(&self) -> Vec<Check> {
        checks::of(semaphore(), self.root()).expect("it can be read")
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
        State::of(self.root(), &self.semaphore())
    }

    /// The learner has an answer, and was told that these checks fail.
    pub fn judged(&self, text: &str, failing: &[&str]) {
        let checks = self.checks();
        assert!(failing.iter().all(|name| checks.iter().any(|check| check.name == *name)));
        self.keep(text, verdict("exercise-4", &checks, failing));
    }

    /// The learner has an answer that comes to no check.
    pub fn not_judged(&self, text: &str, status: Status, message: &str) {
        let message = Some(message.to_owned());
        let none = Verdict::none("exercise-4", status, message, &self.checks(), Duration::ZERO);
        self.keep(text, none);
    }

    fn keep(&self, text: &str, verdict: Verdict) {
        self.write(text);
        self.state().keep(&Kept { answer: text.to_owned(), verdict });
    }

    /// Where there is no cargo: what has to build something says so.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
        command.current_dir(self.root()).args(arguments).env("CARGO", "/no/cargo");
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
