//! What passes between the processes that judge an answer.
//!
//! A check runs in a process of its own. The [`runner`] starts it, sends it a [`request`], and
//! reads its [`outcome`]. If an interleaving failed, the outcome holds a [`Schedule`]: every step
//! of that interleaving, as data. [`draw`] shows it.
//!
//! The command line and the checks both use this crate, so it depends on neither loom, shuttle
//! nor tokio.

#![warn(missing_docs)]

pub mod draw;
pub mod graph;
pub mod outcome;
pub mod process;
pub mod request;
pub mod runner;
mod schedule;
mod shortening;
mod story;

pub use graph::Graph;
pub use outcome::{Cause, Outcome, Status};
pub use request::{Record, Request, Search};
pub use schedule::{Found, Interleaving, Operation, Schedule, Source, Step, Switch};
pub use shortening::Shortening;
pub use story::{Event, Story};
