//! `just grade`, and what belongs to it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use grading::class::summary;
use grading::compile;
use grading::merge::merge;
use grading::out::Out;
use workbook::commands::FAULT;
use workbook::{Fault, terminal};

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
    /// Join the grades of all shards into those of the class.
    Merge {
        /// The folders of grades, one for each shard
        #[arg(required = true, value_name = "GRADES")]
        folders: Vec<PathBuf>,
        /// The folder for the grades of the class
        #[arg(long, default_value = "grades", value_name = "FOLDER")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    if let Some(code) = compile::instead_of_rustc() {
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
        Command::Merge { folders, out } => {
            let gradebook = merge(&folders, &Out::open(&out)?)?;
            terminal::print(&summary(&gradebook))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
