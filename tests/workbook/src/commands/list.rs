//! Lists the exercises, and how far the learner is. It builds nothing, so it takes no time.

use std::process::ExitCode;

use crate::overview::{self, LastColumn};
use crate::terminal::{BOLD, DIM};
use crate::{Fault, Workbook, terminal};

/// Runs the command.
///
/// # Errors
///
/// If a file of the workbook cannot be read.
pub fn run(workbook: &Workbook) -> Result<ExitCode, Fault> {
    terminal::print(&text(workbook, terminal::width())?)?;
    Ok(ExitCode::SUCCESS)
}

/// What the command prints.
///
/// # Errors
///
/// As [`run`].
pub fn text(workbook: &Workbook, width: usize) -> Result<String, Fault> {
    let rows = overview::rows(workbook)?;
    let table = overview::table(&rows, LastColumn::File, width);
    let next = match overview::next(&rows) {
        Some(next) => format!("{DIM}next:{DIM:#} {BOLD}{next}{BOLD:#}\n"),
        None => format!("{DIM}all done; a solution beside yours: just compare exercise-1{DIM:#}\n"),
    };
    Ok(format!("{table}\n{next}"))
}
