//! Runs checks of an answer that nobody has read.
//!
//! A check is a `#[test]` that calls [`check`] or one of its kin.
//! It runs twice over: as libtest calls it, it starts its own binary again for itself
//! alone ([`runner`](schedule::runner)); in that process it runs its body under a [watchdog](self) and
//! hands the outcome back in a record that no answer can forge by printing or by
//! ending the process ([`request`](schedule::request)). The workbook skips the first half, and starts
//! those processes itself.

mod answer;
mod around;
mod check;
mod doing;
mod explored;
mod panics;
mod probe;
#[cfg(feature = "shuttle")]
mod seeded;
#[doc(hidden)]
pub mod send;
mod watchdog;

pub use answer::Allowed;
pub use check::{block_on, check, check_async, check_io};
pub use doing::{Doing, doing};
pub use explored::{Scenario, check_explored};
pub use explorer::Answer;
pub use panics::panics;
pub use probe::{Polling, Probe};
#[cfg(feature = "shuttle")]
pub use seeded::{Sample, check_seeded};
