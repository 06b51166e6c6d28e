//! An answer of a class gets the verdict that its author gets from `just check`.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use grading::jail::Jail;
use grading::judge::Grader;
use schedule::Cause;
use serde_json::Value;
use workbook::exercise::{Check, Exercise, Kind};
use workbook::verdict::{Status, Verdict};
use workbook::{Workbook, judge, known, stage};

/// Where the staged answers of this test are, below the folder for what is built.
const STAGE: &str = "judge";

/// Answers to exercise 4 that make the grader do all that it can do, with their verdicts.
fn answers(workbook: &Workbook, exercise: &Exercise) -> BTreeMap<String, (String, Status)> {
    let read = |path: &Path| fs::read_to_string(path).expect("it is there");
    let solution = read(&workbook.root().join("solutions/4-semaphore/src/semaphore.rs"));
    let bugs = known::bugs(workbook, exercise).expect("they apply");
    let with = |code: &str| format!("{solution}\n{code}\n");
    let lacks = "pub fn lacks() { crate::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst); }";
    let warns = "pub fn warns() { std::future::ready(1); }";
    let windows =
        format!("\u{feff}#![allow(unused)]\n{}", bugs["two-locks"].text).replace('\n', "\r\n");
    let private = solution.replace("pub fn try_acquire", "fn try_acquire");
    [
        ("solution", with(warns), Status::Passed),
        ("stub", read(&exercise.stub()), Status::Failed),
        ("bug", bugs["two-locks"].text.clone(), Status::Failed),
        ("not-send", bugs["future-of-acquire-is-not-send"].text.clone(), Status::Failed),
        ("broken", with("fn broken() -> u8 { \"text\" }"), Status::DoesNotCompile),
        ("private", private, Status::DoesNotCompile),
        ("lacks", with(lacks), Status::Inconclusive),
        ("crate", with("use serde::Serialize;"), Status::DoesNotCompile),
        ("windows", windows, Status::Failed),
    ]
    .map(|(name, text, status)| (name.to_owned(), (text, status)))
    .into()
}

/// A verdict as data, without what may be another the next time.
fn data(verdict: &Verdict) -> Value {
    let mut verdict = verdict.clone();
    verdict.duration_ms = 0;
    verdict.exercise.clear();
    verdict.checks.retain(|check| check.kind != Kind::Race);
    verdict.points = verdict.checks.iter().map(|check| check.points).sum();
    serde_json::to_value(&verdict).expect("plain data")
}

/// A text of cargo on a staged answer, as it is on the learner's own.
fn as_the_learner_knows(workbook: &Workbook, name: &str, verdict: &Value) -> Value {
    let root = workbook.root().display();
    let text = verdict.to_string();
    let text = text.replace(&format!("answers/{name}/"), "exercises/4-semaphore/");
    let text =
        text.replace(&format!("{root}/tests/"), "exercises/4-semaphore/tests/../../../tests/");
    serde_json::from_str(&text).expect("only paths are changed")
}

#[test]
fn verdicts_without_cargo_are_those_of_cargo() {
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let exercise: &Arc<Exercise> = &workbook.exercises()[3];
    let answers = answers(&workbook, exercise);
    let texts = answers.iter().map(|(name, (text, _))| (name.clone(), text.clone())).collect();
    let folder = workbook.target().join("stage").join(STAGE);
    let staged = stage::stage(&workbook, &folder, exercise, &texts).expect("they can be staged");

    let grade = Path::new(env!("CARGO_BIN_EXE_grade"));
    let jail = Jail::bubblewrap(grade);
    if let Err(why) = &jail {
        eprintln!("SKIPPED: bubblewrap, which does not work: {why}");
    }
    let jail = jail.ok();
    let grader = Grader::new(&workbook, std::slice::from_ref(exercise), jail.as_ref(), grade);
    let grader = grader.expect("the workbook is complete");
    let checks: Vec<&Check> = exercise.checks.iter().collect();
    for ((name, (text, status)), answer) in answers.iter().zip(&staged) {
        let by_cargo = judge::judge(answer, &[]).expect("all checks are meant");
        let verdict = grader.judge_by(0, exercise, text, &checks);
        assert_eq!(verdict.status, *status, "{name}: {:?}", verdict.message);
        let by_cargo = as_the_learner_knows(&workbook, name, &data(&by_cargo));
        assert_eq!(data(&verdict)["message"], by_cargo["message"], "{name}");
        assert_eq!(data(&verdict), by_cargo, "{name}");
        let explained = |check: &workbook::verdict::CheckResult| check.compiler_error.is_some();
        match &**name {
            "solution" => assert_eq!(verdict.warnings.len(), 1),
            "bug" => assert!(verdict.checks.iter().any(|check| check.schedule.is_some())),
            "not-send" => {
                let failed = verdict.failing().find(|check| check.cause == Some(Cause::NotSend));
                assert!(failed.is_some_and(explained));
            }
            _ => {}
        }
    }
}
