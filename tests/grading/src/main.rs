//! `just grade`, and what belongs to it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workbook::Fault;

/// Grades a class. Run it through `just`.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(Fault(text)) => {
            eprintln!("{text}");
            ExitCode::from(workbook::commands::FAULT)
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    match arguments.command {}
}
