//! Says what the workbook needs and this machine lacks.

use std::process::ExitCode;

use super::NOT_PASSED;
use crate::{Fault, Workbook, doctor, print, terminal};

/// Runs the command.
///
/// # Errors
///
/// If the text cannot be written.
pub fn run(workbook: &Workbook) -> Result<ExitCode, Fault> {
    let findings = doctor::examine(workbook.root());
    terminal::print(&print::findings(&findings, terminal::width()))?;
    let ready = doctor::is_ready(&findings);
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::from(NOT_PASSED) })
}
