//! The command line: arguments in, an exit code out.

#[cfg(unix)]
mod rebuild;

use std::process::ExitCode;

use clap::error::ContextKind;
use clap::{Parser, Subcommand, ValueEnum};
use workbook::commands::{self, FAULT};
use workbook::{Fault, Workbook, terminal};

/// Interleave: a graded workbook of concurrency in Rust.
///
/// An exercise has several names: exercise-4, 4, semaphore and 2.3 are the same one, and
/// solution-4 is its solution. Exit codes: 0 if everything passes, 1 if something does not,
/// 2 for a wrong call or a fault of the workbook, 130 after Ctrl-C.
#[derive(Parser)]
#[command(name = "workbook", bin_name = "just", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge your answer to an exercise, or to all.
    ///
    /// It shows one failure in full: the one to fix first. To see another one in full, name its
    /// check.
    Check {
        /// The exercise, such as exercise-4, 4, semaphore or 2.3; solution-4 for its solution;
        /// none for all exercises, and `solutions` for all solutions
        exercise: Option<String>,
        /// Run only these checks, by name or by title
        checks: Vec<String>,
        /// List all checks by title, also those that pass
        #[arg(long)]
        all: bool,
        /// Run only the schedule of this seed, which a verdict named
        #[arg(long, value_name = "SEED")]
        replay: Option<u64>,
        /// How to print the verdict
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Judge your answer whenever you save it.
    ///
    /// A newer save ends the run of an older one. Ctrl-C ends it.
    Watch {
        /// The exercise, such as exercise-4
        exercise: String,
    },
    /// List the exercises with their last verdicts, without building anything.
    List,
    /// Open one more hint for the failure to fix first, or show a hint for a check.
    ///
    /// If the answer has changed since its last verdict, it is judged first.
    Hint {
        /// The exercise, such as exercise-4
        exercise: String,
        /// Show a hint for this check, by name or by title
        check: Option<String>,
        /// Which of its hints: each says more than the one before
        #[arg(default_value_t = 1)]
        number: u8,
    },
    /// Put the stub back, and keep your file beside it, such as semaphore.rs.1.
    ///
    /// No copy is ever overwritten: the next one is semaphore.rs.2.
    Reset {
        /// The exercise, such as exercise-4
        exercise: String,
    },
    /// Show the solution beside your answer, once that passes or when you ask twice.
    ///
    /// If your answer does not pass, the first call says so. The same call again shows the
    /// solution anyway, until you change your answer. If the answer has changed since its last
    /// verdict, it is judged first.
    Compare {
        /// The exercise, such as exercise-4
        exercise: String,
    },
    /// Show a known wrong answer as a change of a right one, and judge it.
    ///
    /// These answers test the checks: each of them names the check that has to catch it.
    Bug {
        /// The answer, such as 4/wakes-under-the-lock; the number of an exercise lists its bugs
        bug: String,
    },
    /// Carry the patches of known wrong answers over to changed solutions and designs.
    ///
    /// To be run after a solution or a design has been changed, and before that is committed. A
    /// patch that cannot be carried over is named, and left as it is.
    RebaseBugs,
    /// Say what is missing on this machine or too old, what it is for, and how to get it.
    ///
    /// It is exit code 0 if all is there that the exercises need, else 1.
    Doctor,
    /// Run your answer against a real Ollama, at OLLAMA_HOST or on this machine.
    ///
    /// `live exercise-3 --stream` shows the answers as they come, by the optional part of exercise 3.
    Live {
        /// The exercise, such as exercise-1
        exercise: String,
        /// Arguments for the exercise's own program; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: an object, or a list of objects for all exercises
    Json,
}

fn main() -> ExitCode {
    #[cfg(unix)]
    if let Err(error) = rebuild::if_outdated() {
        terminal::print_error(format!("cargo cannot be run: {error}"));
        return ExitCode::from(FAULT);
    }
    let arguments = Arguments::try_parse().unwrap_or_else(|mut error| {
        // That a `--` before a wrong option makes it a value is of no use here.
        error.remove(ContextKind::Suggested);
        error.exit()
    });
    match run(arguments.command) {
        Ok(code) => code,
        Err(fault) => {
            terminal::print_error(fault);
            ExitCode::from(FAULT)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Fault> {
    let workbook = Workbook::here()?;
    match command {
        Command::Check { exercise, checks, all, replay, format } => {
            let json = format == Format::Json;
            let check = commands::check::Check { exercise, checks, replay, all, json };
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
        Command::RebaseBugs => commands::rebase_bugs::run(&workbook),
        Command::Doctor => commands::doctor::run(&workbook),
        Command::Live { exercise, arguments } => {
            commands::live::run(&workbook, &exercise, arguments)
        }
    }
}
