//! What each command does.

pub mod class;
pub mod gradescope_zip;
pub mod merge;
pub mod similar;

use std::process::ExitCode;
use std::sync::Arc;

use workbook::commands::NOT_PASSED;
use workbook::exercise::Exercise;
use workbook::{Fault, Workbook, terminal};

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

/// The exercises of these names, by number; without names, all.
fn exercises(workbook: &Workbook, names: &[String]) -> Result<Vec<Arc<Exercise>>, Fault> {
    if names.is_empty() {
        return Ok(workbook.exercises().to_vec());
    }
    let mut exercises = Vec::new();
    for name in names {
        exercises.push(workbook.find_learners(name)?.exercise);
    }
    exercises.sort_by_key(|exercise| exercise.number);
    exercises.dedup_by_key(|exercise| exercise.number);
    Ok(exercises)
}
