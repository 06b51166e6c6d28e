//! The command line behind the justfile.
//!
//! A [`Workbook`] finds the [`answer::AnswerSource`] that a name means; [`compile`] builds its
//! checks; [`judge`] runs them to a [`verdict::Verdict`]; [`print`] shows it, and [`state`]
//! keeps it for the other [`commands`].

pub mod answer;
pub mod beside;
pub mod commands;
pub mod compile;
pub mod exercise;
pub mod interrupt;
pub mod judge;
pub mod known;
pub mod overview;
pub mod print;
pub mod progress;
pub mod stage;
pub mod standing;
pub mod state;
pub mod verdict;
mod workbook;

use std::fmt;

pub use workbook::Workbook;

/// What keeps the workbook from a verdict: a wrong call, or a fault of its own or the
/// system's. Never the learner's zero.
#[derive(Debug)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// Says what was tried when an error came.
    pub fn of<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}
