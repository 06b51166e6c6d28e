//! Runs checks of an answer that nobody has read.
//!
//! A check is a `#[test]` that calls [`check`], [`check_async`], [`check_io`] or
//! [`check_explored`]. When libtest calls it, it starts its own binary again, for this check
//! alone, by the [`runner`](schedule::runner). In that process it runs its body, under a watchdog,
//! and writes the outcome to a [record](schedule::Record) that an answer can forge neither by
//! printing nor by ending the process. The workbook starts those processes itself.

#![warn(missing_docs)]

use std::future::Future;
use std::pin::Pin;

mod answer;
mod bypass;
mod check;
mod doing;
mod drive;
#[cfg(feature = "loom")]
mod explored;
mod failure;
mod hangs;
mod local;
mod panics;
mod probe;
mod process;
#[cfg(feature = "shuttle")]
mod seeded;
#[doc(hidden)]
pub mod send;
mod sequences;
mod telling;
mod watchdog;

pub use check::{block_on, block_on_paused, check, check_async, check_io};
pub use doing::{Doing, doing};
pub use drive::{moving, with_alarm};
#[cfg(feature = "loom")]
pub use explored::{Model, Scenario, check_each_explored, check_explored};
pub use explorer::Answer;
pub use fastrand::Rng;
pub use local::{spawn_local, with_local_tasks};
pub use panics::panics;
pub use probe::{Polling, Probe};
pub use scan::Allowed;
#[cfg(feature = "shuttle")]
pub use seeded::{Sample, check_seeded};
pub use sequences::{Sequences, check_sequences};
pub use telling::Telling;

/// A future on this thread whose type is hidden. What drives it is compiled once, and not again for each future,
/// while the learner waits. (The crate `futures` has this one, too; not every answer may use that crate.)
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
