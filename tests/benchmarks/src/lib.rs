//! How fast answers are, beside the solutions and the field's best, on the same work.
//!
//! Each exercise has a benchmark of its name in `benches/`. `just bench exercise-4` runs it with the
//! learner's answer, if that passes, and prints a table of what criterion has measured: [`run`],
//! [`measured`], [`table`]. `just bench-tables` writes those of the solutions into the README.

#![warn(missing_docs)]

pub mod measured;
pub mod readme;
pub mod run;
pub mod table;

use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use tokio::runtime::{Builder, Runtime};

/// The name of the learner's answer in all tables.
pub const ANSWER: &str = "your answer";
/// The name of the workbook's solution.
pub const SOLUTION: &str = "the solution";

/// What the names of all Go programs begin with.
pub const GO: &str = "Go: ";

/// How much work there is in the rows that show how the cost grows with it.
pub const GROWING: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// What all benchmarks use: so short that an exercise takes a minute or two.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20)
}

/// A row of the table: the same work for each of the answers and peers, with this many items in it.
pub fn row<'a>(
    criterion: &'a mut Criterion,
    name: &str,
    items: usize,
) -> BenchmarkGroup<'a, WallTime> {
    let mut row = criterion.benchmark_group(name);
    row.throughput(Throughput::Elements(items as u64));
    if items >= 10_000 {
        row.sample_size(10).sampling_mode(SamplingMode::Flat);
    }
    row
}

/// A runtime of one thread, on which nothing happens at the same time.
///
/// # Panics
///
/// If the system has no more of what it needs.
pub fn on_one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A runtime with a thread for each core.
///
/// # Panics
///
/// If the system has no more of what it needs.
pub fn on_all_cores() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}
