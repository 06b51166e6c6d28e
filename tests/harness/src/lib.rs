//! Runs checks of an answer that nobody has read.
//!
//! A check is a `#[test]` that calls [`check`], [`check_async`], [`check_io`] or
//! [`check_explored`]. When libtest calls it, it starts its own binary again, for this check
//! alone, by the [`runner`](schedule::runner). In that process it runs its body, under a watchdog,
//! and writes the outcome to a [record](schedule::Record) that an answer can forge neither by
//! printing nor by ending the process. The workbook starts those processes itself.

#![warn(missing_docs)]

mod answer;
mod bypass;
mod check;
mod doing;
#[cfg(feature = "loom")]
mod explored;
mod failure;
mod hangs;
mod panics;
mod probe;
mod process;
#[cfg(feature = "shuttle")]
mod seeded;
#[doc(hidden)]
pub mod send;
mod watchdog;

pub use answer::Allowed;
pub use check::{block_on, check, check_async, check_io};
pub use doing::{Doing, doing};
#[cfg(feature = "loom")]
pub use explored::{Scenario, check_explored};
pub use explorer::Answer;
pub use panics::panics;
pub use probe::{Polling, Probe};
#[cfg(feature = "shuttle")]
pub use seeded::{Sample, check_seeded};
