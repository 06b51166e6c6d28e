//! Judges an answer: builds it, runs its checks, and puts the verdict together.

use std::time::Instant;

use scan::Weight;
use schedule::Cause;

use crate::Fault;
use crate::answer::AnswerSource;
use crate::backend::{Backend, Cargo};
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
    Ok(judge_on(&Cargo { answer, progress }, answer, &selected, None, progress))
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
    let progress = &Progress::of_one();
    Ok(judge_on(&Cargo { answer, progress }, answer, &selected, Some(seed), progress))
}

/// The checks of these names or titles. A title of several words may come without quotes.
fn find_checks<'a>(exercise: &'a Exercise, names: &[String]) -> Result<Vec<&'a Check>, Fault> {
    if let Ok(check) = exercise.check(&names.join(" ")) {
        return Ok(vec![check]);
    }
    names.iter().map(|name| exercise.check(name)).collect()
}

/// Judges an answer on a backend by the checks that are selected, with explored checks from one
/// seed if there is one. A fault of the backend is a verdict, too.
pub fn judge_on(
    backend: &impl Backend,
    answer: &AnswerSource,
    selected: &[&Check],
    seed: Option<u64>,
    progress: &Progress,
) -> Verdict {
    let start = Instant::now();
    let exercise = &*answer.exercise;
    let without_checks = |status, message: Option<String>| {
        progress.advance(selected.len());
        Verdict::without_checks(&answer.package, status, message, exercise, start.elapsed())
    };
    match answer.check_text() {
        Ok(Ok(())) => {}
        Ok(Err(why)) => return without_checks(Status::DoesNotCompile, Some(why)),
        Err(Fault(text)) => return without_checks(Status::GraderError, Some(text)),
    }
    // Whoever builds the answer says it if there is no file.
    let findings = match answer.read() {
        Ok(text) => scan::findings(&text.unwrap_or_default()),
        Err(Fault(text)) => return without_checks(Status::GraderError, Some(text)),
    };
    if findings.iter().any(|finding| finding.weight == Weight::Refused) {
        return Verdict { findings, ..without_checks(Status::Refused, None) };
    }
    progress.compile(answer, selected.len());
    let built = compile::checks(answer, backend);
    let built = match built {
        Ok(Built::Checks(built)) => built,
        Ok(Built::DoesNotCompile(text)) => {
            return without_checks(Status::DoesNotCompile, Some(text));
        }
        Err(Fault(text)) => return without_checks(Status::GraderError, Some(text)),
    };
    progress.run();
    let results = backend.tests(&built.binary).and_then(|tests| {
        let launcher = &*backend.launcher(&built.binary);
        let run = Run { checks: &built, launcher, tests: &tests, exercise, selected, seed };
        let mut results = run.all(backend.checks_at_once(), progress)?;
        explain_send_failures(backend, answer, &mut results)?;
        Ok(results)
    });
    match results {
        Ok(results) => {
            let verdict = Verdict::of(&answer.package, results, start.elapsed());
            Verdict { warnings: built.warnings, findings, ..verdict }
        }
        Err(Fault(text)) => without_checks(Status::GraderError, Some(text)),
    }
}

/// Adds rustc's own error to checks that found something not to be `Send`.
fn explain_send_failures(
    backend: &impl Backend,
    answer: &AnswerSource,
    results: &mut [CheckResult],
) -> Result<(), Fault> {
    let mut failed = results.iter_mut().filter(|check| check.cause == Some(Cause::NotSend));
    if let Some(first) = failed.next() {
        interrupt::heed();
        first.compiler_error = compile::send_errors(answer, backend)?;
    }
    Ok(())
}
