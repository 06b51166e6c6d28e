//! Judges one answer, or all.

use std::process::ExitCode;

use serde::Serialize;

use super::{FAULT, NOT_PASSED, exit_code, judge_and_keep, not_started};
use crate::answer::{AnswerSource, Owner};
use crate::guide::Server;
use crate::overview::{self, LastColumn, Row};
use crate::progress::Progress;
use crate::status::ExerciseStatus;
use crate::terminal::{BOLD, DIM};
use crate::verdict::{Status, Verdict};
use crate::{Fault, Workbook, interrupt, judge, print, terminal};

/// What to judge, and how to show the verdict.
#[derive(Debug, Default)]
pub struct Check {
    /// The exercise; `None` means all.
    pub exercise: Option<String>,
    /// The names of the checks; none means all.
    pub checks: Vec<String>,
    /// The seed of the only schedule that explored checks run.
    pub replay: Option<u64>,
    /// Whether to list all checks by title.
    pub all: bool,
    /// Whether to print the verdict as JSON.
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// As [`judge::judge`], and if there is no such exercise.
pub fn run(workbook: &Workbook, check: &Check) -> Result<ExitCode, Fault> {
    interrupt::ends_this_process()?;
    if let Some(answers) = workbook.find_all(check.exercise.as_deref()) {
        return match check {
            Check { checks, replay: None, json, .. } if checks.is_empty() => {
                check_all(&answers, *json)
            }
            _ => Err(Fault("name the exercise that the checks belong to".to_owned())),
        };
    }
    let answer = workbook.find(check.exercise.as_deref().unwrap_or_default())?;
    if answer.read()?.is_none() {
        return Err(answer.missing());
    }
    if is_left_out(&answer)? {
        return say_not_done(&answer, check.json);
    }
    let every_check = check.checks.is_empty() && check.replay.is_none();
    let verdict = match check.replay {
        Some(seed) => judge::replay(&answer, &check.checks, seed)?,
        None if every_check => judge_and_keep(&answer, &Progress::of_one())?,
        None => judge::judge(&answer, &check.checks)?,
    };
    interrupt::heed();
    if check.json {
        print_json(&verdict)?;
        return Ok(exit_code(&verdict));
    }
    let each = !check.checks.is_empty();
    // Asked only if there is something to read there.
    let to_read = verdict.status == Status::Refused || verdict.failing().next().is_some();
    let server = to_read.then(Server::running).flatten();
    let options = print::Options { width: terminal::width(), all: check.all, each, server };
    let mut text = print::verdict(&answer, &verdict, options);
    if every_check && answer.owner == Owner::Learner {
        text += &optional_parts(workbook, &answer)?;
    }
    if every_check && verdict.status == Status::Passed && answer.owner == Owner::Learner {
        text += &after_the_last_check(workbook, &answer)?;
    }
    terminal::print(&text)?;
    Ok(exit_code(&verdict))
}

/// Whether an answer is one that nobody has to give, and is still the stub.
fn is_left_out(answer: &AnswerSource) -> Result<bool, Fault> {
    Ok(answer.exercise.optional
        && matches!(ExerciseStatus::of(answer)?.0, ExerciseStatus::NotStarted))
}

fn say_not_done(answer: &AnswerSource, json: bool) -> Result<ExitCode, Fault> {
    let (package, file) = (&answer.package, answer.file.display());
    match json {
        true => print_json(&not_started(answer))?,
        false => terminal::print(&format!(
            "{BOLD}{package}{BOLD:#}  {DIM}{file}{DIM:#}\n\n  not done: this part is optional, and \
             its checks count no points\n"
        ))?,
    }
    Ok(ExitCode::from(NOT_PASSED))
}

/// How far the learner is with the optional parts of an exercise, by their last verdicts.
fn optional_parts(workbook: &Workbook, answer: &AnswerSource) -> Result<String, Fault> {
    let parts = workbook.optional_parts(&answer.exercise);
    let parts = parts.filter(|_| !answer.exercise.optional);
    let line = |part| {
        let part = workbook.answer(part, Owner::Learner);
        let status = match ExerciseStatus::of(&part)?.0 {
            ExerciseStatus::NotStarted => "not done".to_owned(),
            status => Row::of(&part, &status).status().to_owned(),
        };
        let (package, title) = (&part.package, part.exercise.title());
        Ok(format!(
            "{DIM}optional, without points:{DIM:#} {title}, {status}  {DIM}(just check {package}){DIM:#}\n"
        ))
    };
    parts.map(line).collect()
}

/// What to do when an answer passes.
fn after_the_last_check(workbook: &Workbook, answer: &AnswerSource) -> Result<String, Fault> {
    let compare = format!("just compare {}", answer.package);
    let mut text = format!("\n{DIM}the solution beside yours:{DIM:#} {BOLD}{compare}{BOLD:#}\n");
    if let Some(next) = overview::next(&overview::rows(workbook)?) {
        text += &format!("{DIM}the next exercise:{DIM:#}         {BOLD}{next}{BOLD:#}\n");
    }
    Ok(text)
}

fn check_all(answers: &[AnswerSource], json: bool) -> Result<ExitCode, Fault> {
    let mut to_judge = Vec::new();
    let mut checks = 0;
    for answer in answers {
        let started = match ExerciseStatus::of(answer)? {
            (ExerciseStatus::Missing, _) => return Err(answer.missing()),
            (ExerciseStatus::NotStarted, _) => false,
            _ => true,
        };
        checks += if started { answer.exercise.checks.len() } else { 0 };
        to_judge.push((answer, started));
    }
    let progress = Progress::of_all(checks);
    let verdicts = to_judge.into_iter().map(|(answer, started)| match started {
        true => judge_and_keep(answer, &progress),
        false => Ok(not_started(answer)),
    });
    let verdicts = verdicts.collect::<Result<Vec<Verdict>, Fault>>()?;
    drop(progress);

    if json {
        print_json(&verdicts)?;
    } else {
        let rows = answers.iter().zip(&verdicts).map(|(answer, of)| Row::of_verdict(answer, of));
        let rows: Vec<Row> = rows.collect();
        let table = overview::table(&rows, LastColumn::Next, terminal::width());
        terminal::print(&format!("{table}\n{}", overview::total(&rows)))?;
    }
    let faults = verdicts.iter().filter(|verdict| verdict.status == Status::GraderError);
    for verdict in faults.clone() {
        let message = verdict.message.as_deref().unwrap_or_default();
        terminal::print_error(format!("{}: {message}", verdict.exercise));
    }
    Ok(if faults.count() > 0 {
        ExitCode::from(FAULT)
    } else if verdicts.iter().all(|verdict| verdict.status == Status::Passed) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NOT_PASSED)
    })
}

fn print_json<T: Serialize>(value: &T) -> Result<(), Fault> {
    let text = serde_json::to_string_pretty(value).map_err(Fault::of("the verdict"))?;
    terminal::print(&format!("{text}\n"))
}
