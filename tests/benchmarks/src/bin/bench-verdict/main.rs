//! `just bench-verdict`.
//!
//! The same program also stands between cargo and rustc, and between rustc and the linker, and notes how
//! long they run: see [`span`].

mod copy;
#[path = "../../../../../guide/listings/benches/figures/machine.rs"]
mod machine;
mod span;
mod table;

use std::env;
use std::process::ExitCode;
use std::time::SystemTime;

use benchmarks::measured::{self, Measured};
use benchmarks::readme;
use benchmarks::run::cargo;
use clap::Parser;
use workbook::commands::FAULT;
use workbook::{Fault, Workbook, terminal};

use copy::Copy;
use span::Split;

/// The medians are of so many pairs of a build and a verdict.
const PAIRS: usize = 10;

/// Measures how long a verdict takes from an edit, beside a build alone, and how fast the explorer is, beside
/// loom and shuttle alone. Writes the tables into tests/README.md.
/// Exit codes: 0 if all is written, 2 for a wrong call or a fault of the workbook.
#[derive(Parser)]
#[command(name = "bench-verdict", version)]
struct Arguments {}

/// What was measured of one exercise, in seconds.
struct Timing {
    package: String,
    /// The first verdict, for which all that no exercise before it needed is compiled.
    first: f64,
    /// The median of the builds.
    build: f64,
    /// The median of the verdicts, by their whole length.
    verdict: f64,
    /// The medians of their parts.
    split: Split,
}

fn main() -> ExitCode {
    if let Some(code) = span::stand_in() {
        return code;
    }
    Arguments::parse();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            terminal::print_error(fault);
            ExitCode::from(FAULT)
        }
    }
}

fn run() -> Result<(), Fault> {
    let workbook = Workbook::here()?;
    let copy = Copy::of(&workbook)?;
    let timings = workbook.exercises().iter().map(|exercise| {
        let package = format!("exercise-{}", exercise.label());
        terminal::print_error(format!("measuring {package}"));
        timing(&copy, package)
    });
    let timings = timings.collect::<Result<Vec<Timing>, Fault>>()?;
    terminal::print_error("measuring the explorer");
    let text = format!(
        "{}\n\n{}\n\n*Measured on: {}.*",
        table::verdicts(&timings),
        table::searches(&searches(&workbook)?),
        machine::name()
    );
    readme::replace_part(&workbook.root().join("tests/README.md"), "bench-verdict", &text)
}

fn timing(copy: &Copy, package: String) -> Result<Timing, Fault> {
    let first = copy.verdict(&package)?.length();
    // It compiles what a verdict does not need.
    copy.build(&package)?;
    let (mut builds, mut verdicts) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        copy.edit(&package)?;
        builds.push(copy.build(&package)?.length());
        copy.edit(&package)?;
        verdicts.push(copy.verdict(&package)?);
    }
    Ok(Timing {
        package,
        first,
        build: median(builds),
        verdict: median(verdicts.iter().map(Split::length).collect()),
        split: Split {
            start: median(verdicts.iter().map(|split| split.start).collect()),
            compile: median(verdicts.iter().map(|split| split.compile).collect()),
            link: median(verdicts.iter().map(|split| split.link).collect()),
            checks: median(verdicts.iter().map(|split| split.checks).collect()),
        },
    })
}

/// What the benches of the explorer measure.
fn searches(workbook: &Workbook) -> Result<Vec<Measured>, Fault> {
    let folder = workbook.target().join("criterion/explorer");
    let mut bench = cargo(workbook, &["bench", "--quiet", "--package", "explorer"]);
    bench.args(["--features", "shuttle"]).env("CRITERION_HOME", &folder);
    let status = bench.status().map_err(Fault::of("cargo bench"))?;
    if !status.success() {
        return Err(Fault(format!("the explorer was not measured: {status}")));
    }
    measured::read(&folder).map_err(Fault::of(folder.display()))
}

/// The middle one; of an even number, the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

/// Seconds since some point in the past.
fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
    }
}
