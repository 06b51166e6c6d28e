//! `just bench-tables`.

#[path = "../../../../guide/listings/benches/figures/machine.rs"]
mod machine;

use std::iter;
use std::process::{ExitCode, Stdio};

use benchmarks::run::{Benchmarks, cargo};
use benchmarks::{readme, table};
use clap::Parser;
use workbook::answer::Owner;
use workbook::commands::FAULT;
use workbook::{Fault, Workbook, terminal};

/// The part of the README with the table of `benches/instructions.rs`.
const INSTRUCTIONS: &str = "instructions";

/// Measures the solutions beside the field's best and Go, and writes the tables into
/// tests/benchmarks/README.md.
/// Exit codes: 0 if all is written, 2 for a wrong call or a fault of the workbook.
#[derive(Parser)]
#[command(name = "bench-tables", version)]
struct Arguments {
    /// What to measure: exercises, such as exercise-4, or instructions; without any, all
    parts: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().parts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            terminal::print_error(fault);
            ExitCode::from(FAULT)
        }
    }
}

fn run(parts: &[String]) -> Result<(), Fault> {
    let workbook = Workbook::here()?;
    let parts = if parts.is_empty() { all(&workbook) } else { parts.to_vec() };
    let file = workbook.root().join("tests/benchmarks/README.md");
    for part in parts {
        let (name, table) = if part == INSTRUCTIONS {
            (part, instructions(&workbook)?)
        } else {
            let answer = workbook.find_learners(&part)?;
            let solution = workbook.answer(&answer.exercise, Owner::Workbook);
            let benchmarks = Benchmarks::of(&workbook, &solution)?;
            // Go first: if it is missing, that is said at once.
            let go = benchmarks.go()?;
            let mut measured = benchmarks.rust(None, None)?;
            measured.extend(go);
            (answer.package, table::table(&measured))
        };
        let text = format!("{}\n\n*Measured on: {}.*", table.trim_end(), machine::name());
        readme::replace_part(&file, &name, &text)?;
    }
    Ok(())
}

/// All that can be measured. Not every exercise has benchmarks.
fn all(workbook: &Workbook) -> Vec<String> {
    let answers =
        workbook.exercises().iter().map(|exercise| workbook.answer(exercise, Owner::Learner));
    let measured = answers.filter(|answer| Benchmarks::of(workbook, answer).is_ok());
    iter::once(INSTRUCTIONS.to_owned()).chain(measured.map(|answer| answer.package)).collect()
}

/// What `benches/instructions.rs` prints.
fn instructions(workbook: &Workbook) -> Result<String, Fault> {
    let mut bench = cargo(workbook, &["bench", "--quiet", "--package", "benchmarks"]);
    bench.args(["--bench", INSTRUCTIONS]).stderr(Stdio::inherit());
    let output = bench.output().map_err(Fault::of("cargo bench"))?;
    if !output.status.success() {
        return Err(Fault(format!("the instructions were not counted: {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(Fault::of("the table of the instructions"))
}
