//! Judges an answer: builds it, runs its checks, and puts the verdict together.

use std::time::Instant;

use schedule::Cause;

use crate::Fault;
use crate::answer::AnswerSource;
use crate::compile::{self, Built};
use crate::exercise::{Check, Exercise, Kind};
use crate::interrupt;
use crate::progress::Progress;
use crate::run::Run;
use crate::verdict::{CheckResult, Status, Verdict};

/// Builds an answer and judges it by all checks of its exercise, or only by those named.
///
/// # Errors
///
/// If there is no check of such a name.
pub fn judge(answer: &AnswerSource, only: &[String]) -> Result<Verdict, Fault> {
    judge_with_progress(answer, only, &Progress::of_one())
}

/// As [`judge`], and shows how much is done.
///
/// # Errors
///
/// As [`judge`].
pub fn judge_with_progress(
    answer: &AnswerSource,
    only: &[String],
    progress: &Progress,
) -> Result<Verdict, Fault> {
    let selected = match only {
        [] => answer.exercise.checks.iter().collect(),
        _ => find_checks(&answer.exercise, only)?,
    };
    build_and_run(answer, &selected, None, progress)
}

/// Runs the checks of an answer that have seeds, all of them or those named, from one seed.
///
/// # Errors
///
/// As [`judge`], and if a check that is named has no seeds.
pub fn replay(answer: &AnswerSource, only: &[String], seed: u64) -> Result<Verdict, Fault> {
    let exercise = &answer.exercise;
    let selected = match only {
        [] => exercise.checks.iter().filter(|check| exercise.has_seeds(check)).collect(),
        _ => find_checks(exercise, only)?,
    };
    if let Some(check) = selected.iter().find(|check| !exercise.has_seeds(check)) {
        let why = match check.kind {
            Kind::Explored => "its model is searched exhaustively, without seeds",
            _ => "it does not depend on a seed",
        };
        return Err(Fault(format!("{} has nothing to replay: {why}", check.name)));
    }
    build_and_run(answer, &selected, Some(seed), &Progress::of_one())
}

/// The checks of these names or titles. A title of several words may come without quotes.
fn find_checks<'a>(exercise: &'a Exercise, names: &[String]) -> Result<Vec<&'a Check>, Fault> {
    if let Ok(check) = exercise.check(&names.join(" ")) {
        return Ok(vec![check]);
    }
    names.iter().map(|name| exercise.check(name)).collect()
}

fn build_and_run(
    answer: &AnswerSource,
    selected: &[&Check],
    seed: Option<u64>,
    progress: &Progress,
) -> Result<Verdict, Fault> {
    let start = Instant::now();
    let exercise = &*answer.exercise;
    progress.compile(answer, selected.len());
    let built = {
        let progress = progress.clone();
        compile::checks(answer, move |line| progress.say(line))
    };
    let without_checks = |status, message| {
        progress.advance(selected.len());
        let took = start.elapsed();
        Ok(Verdict::without_checks(&answer.package, status, Some(message), exercise, took))
    };
    let built = match built {
        Ok(Built::Checks(built)) => built,
        Ok(Built::DoesNotCompile(text)) => return without_checks(Status::DoesNotCompile, text),
        Err(Fault(text)) => return without_checks(Status::GraderError, text),
    };
    progress.run();
    let run = Run { checks: &built, exercise, selected, seed };
    let results = run.all(progress).and_then(|mut results| {
        explain_send_failures(answer, &mut results)?;
        Ok(results)
    });
    match results {
        Ok(results) => {
            let verdict = Verdict::of(&answer.package, results, start.elapsed());
            Ok(Verdict { warnings: built.warnings, ..verdict })
        }
        Err(Fault(text)) => without_checks(Status::GraderError, text),
    }
}

/// Adds rustc's own error to checks that found something not to be `Send`.
fn explain_send_failures(answer: &AnswerSource, results: &mut [CheckResult]) -> Result<(), Fault> {
    let mut failed = results.iter_mut().filter(|check| check.cause == Some(Cause::NotSend));
    if let Some(first) = failed.next() {
        interrupt::heed();
        first.compiler_error = compile::send_errors(answer)?;
    }
    Ok(())
}
