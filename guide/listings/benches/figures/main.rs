//! What tasks, threads and channels cost, as the guide shows it: `just guide-figures`.
//!
//! Prints the tables, or writes them to the file that is named.

mod machine;
mod table;
mod time;

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let memory = numbers(
        Command::new(env!("CARGO"))
            .args(["bench", "--quiet", "--package"])
            .args(["listings", "--bench", "memory"]),
    );
    let goroutines = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/goroutines.go");
    let go = numbers(Command::new("go").arg("run").arg(goroutines));
    let time = time::measure();

    let text = table::markdown(&memory, &time, &go, &machine::name());
    // Cargo adds `--bench` to the arguments.
    match env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        Some(file) => fs::write(&file, text).unwrap_or_else(|error| panic!("{file}: {error}")),
        None => println!("{text}"),
    }
}

/// What was measured, by name: bytes or nanoseconds.
type Numbers = HashMap<String, f64>;

/// The numbers that a program prints, a name and a number in each line; none if it cannot be run.
fn numbers(command: &mut Command) -> Numbers {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs.filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?))).collect()
}
