//! Shows hints, one after the other.

use std::process::ExitCode;

use super::{NOT_PASSED, current_verdict};
use crate::exercise::Check;
use crate::state::State;
use crate::status::ExerciseStatus;
use crate::verdict::{Status, Verdict};
use crate::{Fault, Workbook, hints, print, terminal};

/// Shows one hint for a check.
///
/// # Errors
///
/// If there is no such exercise, check or hint.
pub fn of_check(
    workbook: &Workbook,
    name: &str,
    check: &str,
    number: usize,
) -> Result<ExitCode, Fault> {
    let answer = workbook.find(name)?;
    let check = answer.exercise.check(check)?;
    let cause = match ExerciseStatus::of(&answer)? {
        (ExerciseStatus::Checked(verdict), _) => cause(&verdict, check),
        _ => None,
    };
    let hints = hints::of(check, cause);
    if number == 0 || number > hints.len() {
        let (name, most) = (&check.name, hints.len());
        return Err(Fault(format!("{name} has hints 1 to {most}, and no hint {number}")));
    }
    let title = hints::title(check, cause);
    let width = terminal::width();
    let text = print::one_hint(&answer.package, &check.name, title, &hints, number, width);
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Opens one more hint for the failure to fix first.
///
/// # Errors
///
/// If there is no such exercise, or the answer cannot be judged.
pub fn next(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let answer = workbook.find(name)?;
    let package = &answer.package;
    let (verdict, _) = current_verdict(&answer)?;
    let check = match verdict.status {
        // Every check of a stub fails.
        Status::NotStarted => answer.exercise.checks.first(),
        _ => verdict.first_to_fix().and_then(|failure| answer.exercise.check(&failure.name).ok()),
    };
    if let Some(check) = check {
        let cause = cause(&verdict, check);
        let hints = hints::of(check, cause);
        let open = State::of(&answer).open_hint(&hints::topic(check, cause), hints.len());
        let title = hints::title(check, cause);
        terminal::print(&print::open_hints(package, title, &hints, open, terminal::width()))?;
        return Ok(ExitCode::SUCCESS);
    }
    match verdict.status {
        Status::Passed => {
            terminal::print(&format!("all checks of {package} pass: no hint is needed\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Status::Refused => {
            let options = print::Options { width: terminal::width(), ..Default::default() };
            let text = print::refusal(&answer, &verdict, options);
            let why = "hints are about failing checks: take these lines out first";
            terminal::print(&format!("{text}\n{why}\n"))?;
            Ok(ExitCode::from(NOT_PASSED))
        }
        Status::DoesNotCompile => {
            let errors = verdict.message.as_deref().unwrap_or_default().trim_end();
            let why = "hints are about failing checks: make it compile first";
            terminal::print(&format!("{errors}\n\n{why}\n"))?;
            Ok(ExitCode::from(NOT_PASSED))
        }
        _ => {
            terminal::print(&format!(
                "no check of {package} fails, but some are inconclusive; to see why: \
                 just check {package}\n"
            ))?;
            Ok(ExitCode::from(NOT_PASSED))
        }
    }
}

fn cause(verdict: &Verdict, check: &Check) -> Option<schedule::Cause> {
    verdict.checks.iter().find(|result| result.name == check.name).and_then(|result| result.cause)
}
