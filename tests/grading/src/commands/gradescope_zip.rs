//! `just gradescope-zip`: an autograder to upload to Gradescope.

use std::fs;
use std::process::ExitCode;

use workbook::{Fault, Workbook, terminal};

use crate::autograder::pack;

/// Runs the command, for these exercises or for all.
///
/// # Errors
///
/// If there is no such exercise, or as [`pack`].
pub fn run(workbook: &Workbook, names: &[String], unsandboxed: bool) -> Result<ExitCode, Fault> {
    let exercises = super::exercises(workbook, names)?;
    let mut arguments = Vec::new();
    if !names.is_empty() {
        for exercise in &exercises {
            arguments.extend(["--exercise".to_owned(), format!("exercise-{}", exercise.number)]);
        }
    }
    if unsandboxed {
        arguments.push("--unsandboxed".to_owned());
    }
    let target = workbook.root().join("target");
    fs::create_dir_all(&target).map_err(Fault::of(target.display()))?;
    pack(workbook, &arguments, &target.join("gradescope.zip"))?;
    let points: u32 = exercises.iter().flat_map(|it| &it.checks).map(|check| check.points).sum();
    terminal::print(&format!(
        "target/gradescope.zip\n\n\
         In Gradescope, make a programming assignment of {points} points, with 2 CPUs and 3 GB of \
         memory, and a\ntime limit of 20 minutes. Upload the file where it asks for the \
         autograder. Then test it there with a\nright answer and a wrong one.\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
