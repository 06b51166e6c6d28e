//! Opens hints, one by one.

use std::process::ExitCode;

use super::{NOT_PASSED, verdict_of_now};
use crate::print;
use crate::state::State;
use crate::verdict::Status;
use crate::{Fault, Workbook};

/// Shows one hint of a check.
///
/// # Errors
///
/// If there is no such exercise or check.
pub fn of_check(
    workbook: &Workbook,
    name: &str,
    check: &str,
    number: usize,
) -> Result<ExitCode, Fault> {
    let answer = workbook.find(name)?;
    let check = answer.exercise.check(check)?;
    anstream::print!("{}", print::hint(&answer.package, check, number, print::width()));
    Ok(ExitCode::SUCCESS)
}

/// Opens one more hint of the first check that fails.
///
/// # Errors
///
/// If there is no such exercise, or no verdict can be had on the answer.
pub fn next(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let answer = workbook.find(name)?;
    let package = &answer.package;
    let (verdict, _) = verdict_of_now(&answer)?;
    let checks = &answer.exercise.checks;
    let failing = verdict.failing().next().map(|check| check.name.as_str());
    let check = match verdict.status {
        // A stub fails every check.
        Status::NotStarted => checks.first(),
        _ => checks.iter().find(|check| Some(check.name.as_str()) == failing),
    };
    if let Some(check) = check {
        let open = State::of(&answer).open_hint(check);
        anstream::print!("{}", print::hints(package, check, open, print::width()));
        return Ok(ExitCode::SUCCESS);
    }
    match verdict.status {
        Status::Passed => {
            anstream::println!("all checks of {package} pass: there is nothing to hint at");
            Ok(ExitCode::SUCCESS)
        }
        Status::DoesNotCompile => {
            let words = verdict.message.as_deref().unwrap_or_default().trim_end();
            anstream::println!("{words}\n\nthe compiler first: hints are for what fails after it");
            Ok(ExitCode::from(NOT_PASSED))
        }
        _ => {
            anstream::println!("no check of {package} fails, but some are undecided; why, says");
            anstream::println!("just check {package}");
            Ok(ExitCode::from(NOT_PASSED))
        }
    }
}
