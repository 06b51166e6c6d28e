//! `just grade`, and what belongs to it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use grading::class::{Keep, Options, deadline};
use grading::commands::{class, gradescope_zip, merge, similar};
#[cfg(target_os = "linux")]
use grading::jail::inside::Inside;
use grading::shard::Shard;
use jiff::Timestamp;
use workbook::commands::FAULT;
use workbook::{Fault, Workbook, terminal};

/// Grades a class. Exit codes: 0 if everybody has a grade, 1 if somebody has to be looked at,
/// 2 for a wrong call or a fault of the workbook, 130 after Ctrl-C.
#[derive(Parser)]
#[command(name = "grade", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Grade all that a class has handed in.
    ///
    /// What is finished is kept: after an interrupt, the same call goes on. Only what has changed
    /// since the last call is judged again.
    Class {
        /// A folder with one folder, archive or file for each learner, or one archive of all that
        submissions: PathBuf,
        /// The exercise to grade, such as exercise-4; may be repeated; none for all exercises
        #[arg(long = "exercise", value_name = "EXERCISE")]
        exercises: Vec<String>,
        /// A CSV with the columns id, name and email: who is in the class
        #[arg(long, value_name = "CSV")]
        roster: Option<PathBuf>,
        /// The folder for the grades
        #[arg(long, default_value = "grades", value_name = "FOLDER")]
        out: PathBuf,
        /// Which of several attempts counts
        #[arg(long, value_enum, default_value_t)]
        keep: Keep,
        /// Mark what was handed in later, such as "2026-12-01 23:59"
        #[arg(long, value_name = "TIME", value_parser = deadline)]
        deadline: Option<Timestamp>,
        /// Grade every N-th learner, beginning with the K-th; `merge` joins the parts
        #[arg(long, value_name = "K/N")]
        shard: Option<Shard>,
        /// Judge again what ended in an error of the grader
        #[arg(long)]
        retry_errors: bool,
        /// Run the answers even if nothing here keeps them from doing harm
        #[arg(long)]
        unsandboxed: bool,
    },
    /// What this program does inside of a jail; nobody calls it by hand.
    #[cfg(target_os = "linux")]
    #[command(subcommand, hide = true)]
    Jail(Inside),
    /// Pack an autograder for Gradescope.
    GradescopeZip {
        /// The exercises that it grades, such as exercise-4; none for all
        exercises: Vec<String>,
        /// Let it run answers even if nothing there keeps them from doing harm
        #[arg(long)]
        unsandboxed: bool,
    },
    /// Join the grades of all shards into those of the class.
    Merge {
        /// The folders of grades, one for each shard
        #[arg(required = true, value_name = "GRADES")]
        folders: Vec<PathBuf>,
        /// The folder for the grades of the class
        #[arg(long, default_value = "grades", value_name = "FOLDER")]
        out: PathBuf,
    },
    /// List answers that are suspiciously alike once names and layout are taken away.
    ///
    /// What is given or published is left out, and what many learners have. The list is for you to
    /// look at, and no verdict: learners who had the same idea write the same code.
    Similar {
        /// A folder with one folder, archive or file for each learner, or one archive of all that
        submissions: PathBuf,
        /// The exercise to compare, such as exercise-4; may be repeated; none for all exercises
        #[arg(long = "exercise", value_name = "EXERCISE")]
        exercises: Vec<String>,
        /// The folder for the list
        #[arg(long, default_value = "grades", value_name = "FOLDER")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    if let Some(code) = grading::compile::instead_of_rustc() {
        return code;
    }
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(fault) => {
            terminal::print_error(fault);
            ExitCode::from(FAULT)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Fault> {
    match command {
        Command::Class {
            submissions,
            exercises,
            roster,
            out,
            keep,
            deadline,
            shard,
            retry_errors,
            unsandboxed,
        } => {
            let options = Options { keep, deadline, shard, retry_errors };
            let request =
                class::Request { submissions, exercises, roster, out, unsandboxed, options };
            class::run(&Workbook::here()?, &request)
        }
        #[cfg(target_os = "linux")]
        Command::Jail(inside) => Ok(inside.run()),
        Command::GradescopeZip { exercises, unsandboxed } => {
            gradescope_zip::run(&Workbook::here()?, &exercises, unsandboxed)
        }
        Command::Merge { folders, out } => merge::run(&folders, &out),
        Command::Similar { submissions, exercises, out } => {
            similar::run(&Workbook::here()?, &submissions, &exercises, &out)
        }
    }
}
