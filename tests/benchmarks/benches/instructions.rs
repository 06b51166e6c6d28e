//! How many instructions it takes to acquire a free permit and to release it, as a table.
//!
//! Runs itself below callgrind, which counts them, with few rounds and with many. What both have in
//! common, such as the start of the process, is not in the difference.

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use benchmarks::SOLUTION;
use futures::FutureExt;

const TOKIO: &str = "tokio";
const ASYNC_LOCK: &str = "async-lock";

const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

/// Comes before a semaphore and a number of rounds: this is the process that is counted.
const COUNTED: &str = "--counted";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [counted, semaphore, rounds] = &arguments[..]
        && counted == COUNTED
    {
        acquire_and_release(semaphore, rounds.parse().expect("a number of rounds"));
        return ExitCode::SUCCESS;
    }
    match [SOLUTION, TOKIO, ASYNC_LOCK].map(per_round).into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(counts) => {
            print!("{}", table(&counts));
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn acquire_and_release(semaphore: &str, rounds: u64) {
    macro_rules! repeat {
        ($semaphore:ty) => {{
            let semaphore = black_box(<$semaphore>::new(1));
            for _ in 0..rounds {
                drop(black_box(semaphore.acquire().now_or_never().expect("a permit is free")));
            }
        }};
    }
    match semaphore {
        SOLUTION => repeat!(solved_4::Semaphore),
        TOKIO => repeat!(tokio::sync::Semaphore),
        ASYNC_LOCK => repeat!(async_lock::Semaphore),
        _ => panic!("expected the name of a semaphore: {semaphore}"),
    }
}

/// A semaphore, and the instructions that one round takes.
fn per_round(semaphore: &str) -> Result<(&str, f64), String> {
    let counted = instructions(semaphore, MANY)? - instructions(semaphore, FEW)?;
    Ok((semaphore, counted as f64 / (MANY - FEW) as f64))
}

/// The instructions of a whole process that does so many rounds.
fn instructions(semaphore: &str, rounds: u64) -> Result<u64, String> {
    let itself = env::current_exe().map_err(|error| error.to_string())?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(itself).args([COUNTED, semaphore, &rounds.to_string()]);
    let output = valgrind.output().map_err(|error| {
        format!("valgrind counts the instructions, but it cannot be run: {error}; on Debian: apt install valgrind")
    })?;
    // `==4711== Collected : 12345`.
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    collected
        .filter(|_| output.status.success())
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("valgrind has counted nothing: {}\n{report}", output.status))
}

fn table(counts: &[(&str, f64)]) -> String {
    let tokio = counts.iter().find(|(semaphore, _)| *semaphore == TOKIO);
    let (_, of_tokio) = tokio.expect("tokio's are counted");
    let rows = counts.iter().map(|(semaphore, count)| {
        format!("| {semaphore} | {count:.0} | {:.2} × |\n", count / of_tokio)
    });
    let head = "| semaphore | instructions | beside tokio's |\n|---|--:|--:|\n";
    [head.to_owned()].into_iter().chain(rows).collect()
}
