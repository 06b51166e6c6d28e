//! `just bench exercise-4`.

use std::process::ExitCode;

use benchmarks::run::Benchmarks;
use benchmarks::table;
use clap::Parser;
use workbook::commands::{FAULT, current_verdict};
use workbook::verdict::Status;
use workbook::{Fault, Workbook, terminal};

/// Measures an answer that passes beside the solution and the field's best, on the same work.
/// Exit codes: 0 after the measurement, 2 for a wrong call or a fault of the workbook.
#[derive(Parser)]
#[command(name = "bench", version)]
struct Arguments {
    /// The exercise, such as exercise-4
    exercise: String,
    /// Measure only the work whose name has these words in it
    work: Option<String>,
    /// Measure Go's ways to do the same work, too
    #[arg(long, conflicts_with = "work")]
    go: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            terminal::print_error(fault);
            ExitCode::from(FAULT)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Fault> {
    let workbook = Workbook::here()?;
    let answer = workbook.find_learners(&arguments.exercise)?;
    let benchmarks = Benchmarks::of(&workbook, &answer)?;
    let (verdict, _) = current_verdict(&answer)?;
    let passes = verdict.status == Status::Passed;
    if !passes {
        terminal::print_error(format!(
            "{0} does not pass yet, so the solution is measured without it: just check {0}",
            answer.package
        ));
    }
    let feature = passes.then(|| format!("answer-{}", answer.exercise.number));
    let mut measured = benchmarks.rust(arguments.work.as_deref(), feature.as_deref())?;
    if arguments.go {
        measured.extend(benchmarks.go()?);
    }
    let (table, plots) = (table::table(&measured), benchmarks.plots());
    terminal::print(&format!("\n{table}\n\nPlots: {}\n", plots.display()))
}
