//! Shows the solution beside the answer: to who has done the exercise, or asks twice.

use std::process::ExitCode;

use super::{NOT_PASSED, verdict_of_now};
use crate::Fault;
use crate::Workbook;
use crate::answer::Owner;
use crate::beside;
use crate::state::State;
use crate::verdict::{Status, Verdict};

/// Does it.
///
/// # Errors
///
/// If there is no such exercise, or no verdict can be had on the answer.
pub fn run(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let answer = workbook.find_learners(name)?;
    let solution = workbook.answer(&answer.exercise, Owner::Workbook);
    let text = answer.read()?.ok_or_else(|| answer.missing())?;
    let state = State::of(&answer);
    if !state.asked(&text) {
        let (verdict, text) = verdict_of_now(&answer)?;
        if verdict.status != Status::Passed {
            state.ask(&text);
            let package = &answer.package;
            println!("{package} does not pass yet: {}.", why_not(&verdict));
            println!("To see the solution all the same, ask once more: just compare {package}");
            return Ok(ExitCode::from(NOT_PASSED));
        }
    }
    let solved = solution.read()?;
    let solved =
        solved.ok_or_else(|| Fault(format!("{} is not there", solution.file.display())))?;
    let titles = [&solution, &answer].map(|answer| answer.file.display().to_string());
    let [left, right] = &titles;
    anstream::print!("{}", beside::text([left, right], [&solved, &text], beside::width()));
    Ok(ExitCode::SUCCESS)
}

fn why_not(verdict: &Verdict) -> String {
    let of = verdict.checks.len();
    match (verdict.status, verdict.failing().count()) {
        (Status::NotStarted, _) => "it is still the stub".to_owned(),
        (Status::DoesNotCompile, _) => "it does not compile".to_owned(),
        (Status::Inconclusive, _) => "some checks are undecided".to_owned(),
        (_, 1) => format!("1 of {of} checks fails"),
        (_, failing) => format!("{failing} of {of} checks fail"),
    }
}
