//! The command line: arguments in, a page out.

use std::env;
use std::fs;
use std::process::ExitCode;

use clap::Parser;
use play::{levels, page};
use workbook::commands::FAULT;
use workbook::{Fault, Workbook, terminal};

/// Be the scheduler of your own answer.
///
/// Choose step by step who runs next in a small model, and see locks, values and wakers. Or go
/// through the interleaving that failed, forwards and backwards.
#[derive(Parser)]
#[command(name = "play", version)]
struct Arguments {
    /// The exercise, such as exercise-4, 4, semaphore or 2.3; solution-4 for its solution
    exercise: String,
    /// The model, by the name or title of its check; without it, the one that failed last
    model: Option<String>,
    /// Show the schedule of this seed: for exercises 2 and 3, whose models have too many to choose from
    #[arg(long, value_name = "SEED", requires = "model")]
    seed: Option<u64>,
    /// Play in this terminal, without a browser
    #[arg(long, conflicts_with = "no_open")]
    terminal: bool,
    /// Write the page, and open no browser
    #[arg(long)]
    no_open: bool,
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
    let answer = workbook.find(&arguments.exercise)?;
    if arguments.terminal {
        play::terminal::check()?;
    }
    let played = levels::of(&workbook, &answer, arguments.model.as_deref(), arguments.seed)?;
    played.missing.iter().for_each(terminal::print_error);
    if arguments.terminal {
        return play::terminal::run(&played.levels);
    }
    let title = format!("Be the scheduler of {}", answer.package);
    let folder = workbook.target().join("interleave/play").join(&answer.package);
    fs::create_dir_all(&folder).map_err(Fault::of(folder.display()))?;
    let file = folder.join(format!("{}.html", played.levels[0].name));
    fs::write(&file, page::page(&title, &played.levels)).map_err(Fault::of(file.display()))?;
    if !arguments.no_open && has_display() && opener::open_browser(&file).is_ok() {
        return terminal::print(&format!("{} is open in your browser\n", file.display()));
    }
    terminal::print(&format!("to play, open this in a browser:\n{}\n", file.display()))
}

/// Whether a browser could show something. Over SSH, on a server and in a container there is none.
fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
