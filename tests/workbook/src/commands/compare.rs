//! Shows the solution beside the learner's answer, once the answer passes or when asked twice.

use std::process::ExitCode;

use super::{NOT_PASSED, current_verdict};
use crate::answer::Owner;
use crate::state::State;
use crate::verdict::{Status, Verdict};
use crate::{Fault, Workbook, side_by_side, terminal};

/// Runs the command.
///
/// # Errors
///
/// If there is no such exercise, or the answer cannot be judged.
pub fn run(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let answer = workbook.find_learners(name)?;
    let solution = workbook.answer(&answer.exercise, Owner::Workbook);
    let text = answer.read()?.ok_or_else(|| answer.missing())?;
    let state = State::of(&answer);
    if !state.asked(&text) {
        let (verdict, text) = current_verdict(&answer)?;
        if verdict.status != Status::Passed {
            state.ask(&text);
            let package = &answer.package;
            terminal::print(&format!(
                "{package} does not pass yet: {}.\n\
                 To see the solution anyway, run this again: just compare {package}\n",
                why_not(&verdict)
            ))?;
            return Ok(ExitCode::from(NOT_PASSED));
        }
    }
    let missing = || Fault(format!("{} is missing", solution.file.display()));
    let solved = solution.read()?.ok_or_else(missing)?;
    let titles = [&solution, &answer].map(|answer| answer.file.display().to_string());
    let [left, right] = &titles;
    let width = terminal::width();
    terminal::print(&side_by_side::text([left, right], [&solved, &text], width))?;
    Ok(ExitCode::SUCCESS)
}

fn why_not(verdict: &Verdict) -> String {
    let of = verdict.checks.len();
    match (verdict.status, verdict.failing().count()) {
        (Status::NotStarted, _) => "it is still the stub".to_owned(),
        (Status::Refused, _) => "it uses what no answer may use".to_owned(),
        (Status::DoesNotCompile, _) => "it does not compile".to_owned(),
        (Status::Inconclusive, _) => "some checks are inconclusive".to_owned(),
        (_, 1) => format!("1 of {of} checks fails"),
        (_, failing) => format!("{failing} of {of} checks fail"),
    }
}
