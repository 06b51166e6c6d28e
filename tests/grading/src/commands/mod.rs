//! What each command does.

pub mod class;
pub mod merge;

use std::process::ExitCode;

use workbook::commands::NOT_PASSED;
use workbook::{Fault, terminal};

use crate::class::summary;
use crate::gradebook::Gradebook;
use crate::out::Out;
use crate::report;

/// Writes the reports and prints the summary. The exit code is 1 if somebody has no grade yet.
fn finish(gradebook: &Gradebook, out: &Out) -> Result<ExitCode, Fault> {
    report::write_all(gradebook, out)?;
    terminal::print(&summary(gradebook))?;
    let mut grades = gradebook.learners.iter().flat_map(|learner| &learner.grades);
    let all_graded = grades.all(|grade| grade.status.is_graded());
    Ok(if all_graded { ExitCode::SUCCESS } else { ExitCode::from(NOT_PASSED) })
}
