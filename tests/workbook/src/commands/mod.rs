//! What each command does.

pub mod bug;
pub mod check;
pub mod compare;
pub mod doctor;
pub mod hint;
pub mod list;
pub mod live;
pub mod rebase_bugs;
pub mod reset;
pub mod watch;

use std::process::ExitCode;
use std::time::Duration;

use crate::answer::AnswerSource;
use crate::progress::Progress;
use crate::state::{LastVerdict, State};
use crate::status::{ExerciseStatus, same_lines};
use crate::verdict::{Status, Verdict};
use crate::{Fault, interrupt, judge, terminal};

/// The exit code if something does not pass.
pub const NOT_PASSED: u8 = 1;
/// The exit code for a wrong call, or a fault of the workbook.
pub const FAULT: u8 = 2;

/// The exit code for a verdict.
fn exit_code(verdict: &Verdict) -> ExitCode {
    match verdict.status {
        Status::Passed => ExitCode::SUCCESS,
        Status::GraderError => ExitCode::from(FAULT),
        Status::Failed
        | Status::Refused
        | Status::DoesNotCompile
        | Status::Inconclusive
        | Status::NotStarted => ExitCode::from(NOT_PASSED),
    }
}

/// Judges an answer by all checks of its exercise, and keeps the verdict.
fn judge_and_keep(answer: &AnswerSource, progress: &Progress) -> Result<Verdict, Fault> {
    let before = answer.read()?.ok_or_else(|| answer.missing())?;
    let verdict = judge::judge_with_progress(answer, &[], progress)?;
    interrupt::heed();
    // If the file was saved in the meantime, the verdict may be on either text.
    let unchanged = answer.read()?.is_some_and(|after| after == before);
    if !unchanged || verdict.status == Status::GraderError {
        return Ok(verdict);
    }
    let last = LastVerdict { answer: before, verdict };
    State::of(answer).keep(&last);
    Ok(last.verdict)
}

/// The last verdict if it is on the answer as it is now, or else a new one; and the answer's
/// text. A stub is not judged.
pub fn current_verdict(answer: &AnswerSource) -> Result<(Verdict, String), Fault> {
    let package = &answer.package;
    let (status, text) = ExerciseStatus::of(answer)?;
    let why = match status {
        ExerciseStatus::Missing => return Err(answer.missing()),
        ExerciseStatus::Checked(verdict) => return Ok((verdict, text)),
        ExerciseStatus::NotStarted => return Ok((not_started(answer), text)),
        ExerciseStatus::NotChecked => "is not checked yet",
        ExerciseStatus::Changed => "has changed since it was checked",
    };
    terminal::print_error(format!("{package} {why}: checking it first"));
    interrupt::ends_this_process()?;
    let verdict = judge_and_keep(answer, &Progress::of_one())?;
    if verdict.status == Status::GraderError {
        return Err(Fault(verdict.message.unwrap_or_default()));
    }
    if !answer.read()?.is_some_and(|now| same_lines(&now, &text)) {
        return Err(Fault(format!("{package} was saved while it was checked; please try again")));
    }
    Ok((verdict, text))
}

fn not_started(answer: &AnswerSource) -> Verdict {
    let (package, exercise) = (&answer.package, &answer.exercise);
    Verdict::without_checks(package, Status::NotStarted, None, exercise, Duration::ZERO)
}
