//! Shows where the learner stands. It builds nothing, so it is there at once.

use std::process::ExitCode;

use crate::answer::Owner;
use crate::overview::{self, Last, Row, Stage};
use crate::print::{self, BOLD, DIM};
use crate::standing::Standing;
use crate::{Fault, Workbook};

/// Does it.
///
/// # Errors
///
/// If the workbook is not as it should be.
pub fn run(workbook: &Workbook) -> Result<ExitCode, Fault> {
    anstream::print!("{}", text(workbook, print::width())?);
    Ok(ExitCode::SUCCESS)
}

/// What it shows.
///
/// # Errors
///
/// As [`run`].
pub fn text(workbook: &Workbook, width: usize) -> Result<String, Fault> {
    let mut rows = Vec::new();
    for exercise in workbook.exercises() {
        let answer = workbook.answer(exercise, Owner::Learner);
        let (standing, _) = Standing::of(&answer)?;
        rows.push(Row::of(&answer, &standing));
    }
    let table = overview::table(&rows, Last::File, width);
    // First what is begun, then what is not.
    let first = |stage| rows.iter().find(|row| row.stage == stage);
    let next = first(Stage::Begun).or_else(|| first(Stage::NotStarted));
    let next = next.and_then(|row| row.next.as_deref());
    let next = match next {
        Some(next) => format!("{DIM}next:{DIM:#} {BOLD}{next}{BOLD:#}\n"),
        None => format!("{DIM}all done; a solution beside yours: just compare exercise-1{DIM:#}\n"),
    };
    Ok(format!("{table}\n{next}"))
}
