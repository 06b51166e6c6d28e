//! Opens hints, one by one.

use std::path::Path;
use std::process::ExitCode;

use super::{NOT_PASSED, verdict_of_now};
use crate::Fault;
use crate::exercises;
use crate::state::State;
use crate::verdict::Status;
use crate::{checks, judge, print};

/// Shows one hint of a check.
///
/// # Errors
///
/// If there is no such exercise or check.
pub fn of_check(root: &Path, name: &str, check: &str, number: usize) -> Result<ExitCode, Fault> {
    let answer = exercises::find(root, name)?;
    let checks = checks::of(answer.exercise, root)?;
    let check = judge::find_check(&checks, check)?;
    anstream::print!("{}", print::hint(&answer.package, check, number, print::width()));
    Ok(ExitCode::SUCCESS)
}

/// Opens one more hint of the first check that fails.
///
/// # Errors
///
/// If there is no such exercise, or no verdict can be had on the answer.
pub fn next(root: &Path, name: &str) -> Result<ExitCode, Fault> {
    let answer = exercises::find(root, name)?;
    let package = &answer.package;
    let (verdict, _) = verdict_of_now(root, &answer)?;
    let checks = checks::of(answer.exercise, root)?;
    let failing = verdict.failing().next().map(|check| check.name.as_str());
    let check = match verdict.status {
        // A stub fails every check.
        Status::NotStarted => checks.first(),
        _ => checks.iter().find(|check| Some(check.name.as_str()) == failing),
    };
    if let Some(check) = check {
        let open = State::of(root, &answer).open_hint(check);
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
