use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use workbook::commands::{self, FAULT, NOT_PASSED};
use workbook::{Fault, Workbook, compile};

/// Interleave: a graded workbook of concurrency in Rust.
///
/// An exercise is called by its name or number: exercise-4, 4, semaphore or 2.3; its
/// solution is solution-4. Exit codes: 0 if all is well, 1 if something does not pass,
/// 2 for a wrong call or a fault of the workbook, 130 after Ctrl-C.
#[derive(Parser)]
#[command(name = "workbook", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judges your answer to an exercise, or to all.
    ///
    /// All are judged one after the other, but for stubs that are as they were: they are not
    /// started, and need no build.
    Check {
        /// Which: exercise-4, 4, semaphore or 2.3; solution-4 is its solution; all of yours if
        /// there is none, and `solutions` are all of those.
        exercise: Option<String>,
        /// Only these checks, by name.
        checks: Vec<String>,
        /// Run an explored check under the schedule of this seed alone, as a verdict names it.
        #[arg(long, value_name = "SEED")]
        replay: Option<u64>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Judges your answer again whenever you save it.
    ///
    /// A newer save ends the run of an older one. It goes on until Ctrl-C.
    Watch { exercise: String },
    /// Shows where you stand, from the last verdicts; nothing is built.
    List,
    /// Opens one more hint for the first check that fails, or shows one of a check.
    ///
    /// An answer that has changed since its last verdict is checked first.
    Hint {
        exercise: String,
        /// Show a hint of this check, by name.
        check: Option<String>,
        /// Which of its hints: the second says more.
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
        number: u8,
    },
    /// Puts the stub back, and keeps your file beside it, as semaphore.rs.1.
    ///
    /// No copy is ever overwritten: the next one is semaphore.rs.2.
    Reset { exercise: String },
    /// Shows the solution beside your answer, once that passes or when asked twice.
    ///
    /// If your answer does not pass, it says so, and the same command again shows the solution
    /// all the same, until you change your answer. One that has changed since its last verdict
    /// is checked first.
    Compare { exercise: String },
    /// Shows a known wrong answer as a change of a right one, and judges it.
    ///
    /// These answers test the checks: each has to fail by the check that it names.
    Bug {
        /// Which: 4/wakes-under-the-lock; the number of an exercise lists its bugs.
        bug: String,
    },
    /// Runs your answer against a real Ollama, at OLLAMA_HOST or on this machine.
    Live {
        exercise: String,
        /// For the exercise's own program; `-- --help` says which.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One object for programs, or a list of them for all exercises.
    Json,
}

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
    let workbook = Workbook::here()?;
    match command {
        Command::Check { exercise, checks, replay, format } => {
            let json = format == Format::Json;
            let check = commands::check::Check { exercise, checks, replay, json };
            commands::check::run(&workbook, &check)
        }
        Command::Watch { exercise } => commands::watch::run(&workbook, &exercise),
        Command::List => commands::list::run(&workbook),
        Command::Hint { exercise, check: Some(check), number } => {
            commands::hint::of_check(&workbook, &exercise, &check, number.into())
        }
        Command::Hint { exercise, check: None, .. } => commands::hint::next(&workbook, &exercise),
        Command::Reset { exercise } => commands::reset::run(&workbook, &exercise),
        Command::Compare { exercise } => commands::compare::run(&workbook, &exercise),
        Command::Bug { bug } => commands::bug::run(&workbook, &bug),
        Command::Live { exercise, arguments } => {
            let answer = workbook.find(&exercise)?;
            let succeeded = compile::run_example(&answer, "live", &arguments)?;
            Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::from(NOT_PASSED) })
        }
    }
}
