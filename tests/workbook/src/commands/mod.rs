//! What each command does.

pub mod bug;
pub mod check;
pub mod compare;
pub mod hint;
pub mod list;
pub mod reset;
pub mod watch;

use std::process::ExitCode;
use std::time::Duration;

use crate::Fault;
use crate::answer::AnswerSource;
use crate::interrupt;
use crate::judge;
use crate::progress::Progress;
use crate::standing::{Standing, same};
use crate::state::{Kept, State};
use crate::verdict::{Status, Verdict};

/// Not passed.
pub const NOT_PASSED: u8 = 1;
/// A wrong call, or a fault of the workbook.
pub const FAULT: u8 = 2;

/// The exit code that says what became of an answer.
pub fn exit_code(verdict: &Verdict) -> ExitCode {
    match verdict.status {
        Status::Passed => ExitCode::SUCCESS,
        Status::GraderError => ExitCode::from(FAULT),
        Status::Failed | Status::DoesNotCompile | Status::Inconclusive | Status::NotStarted => {
            ExitCode::from(NOT_PASSED)
        }
    }
}

/// Judges an answer by all of its checks, and keeps the verdict.
fn judge_and_keep(answer: &AnswerSource, progress: &Progress) -> Result<Verdict, Fault> {
    let before = answer.read()?.ok_or_else(|| answer.missing())?;
    let verdict = judge::judge_and_tell(answer, &[], progress)?;
    interrupt::heed();
    // If it was saved meanwhile, nobody knows which of the two was judged.
    let unchanged = answer.read()?.is_some_and(|after| after == before);
    if !unchanged || verdict.status == Status::GraderError {
        return Ok(verdict);
    }
    let kept = Kept { answer: before, verdict };
    State::of(answer).keep(&kept);
    Ok(kept.verdict)
}

/// The last verdict if it is on the answer as it is now, else one that is made now. A stub
/// needs none.
fn verdict_of_now(answer: &AnswerSource) -> Result<(Verdict, String), Fault> {
    let package = &answer.package;
    let (standing, text) = Standing::of(answer)?;
    let why = match standing {
        Standing::Missing => return Err(answer.missing()),
        Standing::Judged(verdict) => return Ok((verdict, text)),
        Standing::NotStarted => return Ok((not_started(answer), text)),
        Standing::NotChecked => "is not checked yet",
        Standing::Changed => "has changed since it was checked",
    };
    anstream::eprintln!("{package} {why}: checking it first");
    interrupt::ends_this_process()?;
    let verdict = judge_and_keep(answer, &Progress::of_one())?;
    if verdict.status == Status::GraderError {
        return Err(Fault(verdict.message.unwrap_or_default()));
    }
    if !answer.read()?.is_some_and(|now| same(&now, &text)) {
        return Err(Fault(format!("{package} was saved while it was checked; ask once more")));
    }
    Ok((verdict, text))
}

fn not_started(answer: &AnswerSource) -> Verdict {
    let checks = &answer.exercise.checks;
    Verdict::none(&answer.package, Status::NotStarted, None, checks, Duration::ZERO)
}
