//! `just bench exercise-4`.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::process::{Command, ExitCode, Stdio};

use benchmarks::measured::{self, Measured};
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
    let benches = workbook.root().join("tests/benchmarks/benches");
    if !benches.join(&answer.exercise.name).with_extension("rs").is_file() {
        return Err(Fault(format!("{} has no benchmarks", answer.package)));
    }
    let (verdict, _) = current_verdict(&answer)?;
    let passes = verdict.status == Status::Passed;
    if !passes {
        terminal::print_error(format!(
            "{0} does not pass yet, so the solution is measured without it: just check {0}",
            answer.package
        ));
    }

    let folder = workbook.target().join("criterion").join(&answer.package);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Fault::of(folder.display())(error));
        }
        _ => {}
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut bench = Command::new(cargo);
    bench.args(["bench", "--quiet", "--package", "benchmarks", "--bench", &answer.exercise.name]);
    if passes {
        bench.args(["--features", &format!("answer-{}", answer.exercise.number)]);
    }
    bench.arg("--").args(&arguments.work).current_dir(workbook.root());
    let status = bench.env("CRITERION_HOME", &folder).status().map_err(Fault::of("cargo bench"))?;
    if !status.success() {
        return Err(Fault(format!("the benchmark was not run to its end: {status}")));
    }

    let mut measured = measured::read(&folder).map_err(Fault::of(folder.display()))?;
    if arguments.go {
        measured.extend(go(&workbook, &answer.exercise.name)?);
    }
    let report = folder.join("report/index.html");
    terminal::print(&format!("\n{}\n\nPlots: {}\n", table::table(&measured), report.display()))
}

/// What the Go programs have measured.
fn go(workbook: &Workbook, exercise: &str) -> Result<Vec<Measured>, Fault> {
    let mut go = Command::new("go");
    go.args(["run", ".", exercise]).current_dir(workbook.root().join("tests/benchmarks/go"));
    // Where Debian has the sources of golang.org/x/sync: nothing is downloaded.
    go.envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode")]);
    let output = go.stderr(Stdio::inherit()).output().map_err(Fault::of("go"))?;
    if !output.status.success() {
        return Err(Fault(format!(
            "the Go programs did not run to their end: {}; on Debian they need \
             `apt install golang-go golang-golang-x-sync-dev`",
            output.status
        )));
    }
    serde_json::from_slice(&output.stdout).map_err(Fault::of("what the Go programs print"))
}
