use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use workbook::verdict::Status;
use workbook::{Fault, checks, compile, exercises, judge, print};

/// Interleave: a graded workbook of concurrency in Rust.
#[derive(Parser)]
#[command(name = "workbook", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judges your answer to an exercise.
    Check {
        /// Which: exercise-4, 4, semaphore or 2.3; solution-4 is its solution.
        exercise: String,
        /// Only these checks, by name.
        checks: Vec<String>,
        /// Run an explored check under the schedule of this seed alone, as a verdict names it.
        #[arg(long, value_name = "SEED")]
        replay: Option<u64>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Shows a hint for a check that fails.
    Hint {
        exercise: String,
        /// The check, by name.
        check: String,
        /// The second says more.
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
        number: u8,
    },
    /// Runs your answer against a real Ollama, at OLLAMA_HOST or on this machine.
    Live {
        exercise: String,
        /// For the exercise's own program; `-- --help` says which.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One object, for programs.
    Json,
}

/// Not passed.
const NOT_PASSED: u8 = 1;
/// A wrong call, or a fault of the workbook.
const FAULT: u8 = 2;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(fault) => {
            anstream::eprintln!("{fault}");
            ExitCode::from(FAULT)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Fault> {
    let root = exercises::root()?;
    match command {
        Command::Check { exercise, checks, replay, format } => {
            let answer = exercises::find(&root, &exercise)?;
            let verdict = match replay {
                None => judge::judge(&root, &answer, &checks)?,
                Some(seed) => judge::replay(&root, &answer, &checks, seed)?,
            };
            match format {
                Format::Text => {
                    let text = print::verdict(&root, &answer, &verdict, print::width());
                    anstream::print!("{text}");
                }
                Format::Json => {
                    let text = serde_json::to_string_pretty(&verdict);
                    println!("{}", text.map_err(Fault::of("the verdict"))?);
                }
            }
            Ok(match verdict.status {
                Status::Passed => ExitCode::SUCCESS,
                Status::GraderError => ExitCode::from(FAULT),
                Status::Failed | Status::DoesNotCompile | Status::Inconclusive => {
                    ExitCode::from(NOT_PASSED)
                }
            })
        }
        Command::Hint { exercise, check, number } => {
            let answer = exercises::find(&root, &exercise)?;
            let checks = checks::of(answer.exercise, &root)?;
            let check = judge::find_check(&checks, &check)?;
            anstream::print!(
                "{}",
                print::hint(&answer.package, check, number.into(), print::width())
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Live { exercise, arguments } => {
            let answer = exercises::find(&root, &exercise)?;
            let succeeded = compile::run_example(&answer, "live", &arguments)?;
            Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::from(NOT_PASSED) })
        }
    }
}
