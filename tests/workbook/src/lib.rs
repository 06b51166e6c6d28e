//! The command line behind the justfile.
//!
//! A [`Workbook`] finds the [`answer::AnswerSource`] that a name means; [`compile`] builds its
//! checks; [`judge`] runs them and makes a [`verdict::Verdict`]; [`mod@print`] shows it, and
//! [`state`] keeps it for the other [`commands`].

#![warn(missing_docs)]

pub mod answer;
pub mod backend;
pub mod commands;
pub mod compile;
pub mod doctor;
pub mod exercise;
pub mod guide;
pub mod hints;
pub mod interrupt;
pub mod judge;
pub mod known;
pub mod overview;
pub mod print;
pub mod progress;
pub mod run;
pub mod side_by_side;
pub mod stage;
pub mod state;
pub mod status;
pub mod terminal;
pub mod verdict;
mod workbook;

use std::path::Path;
use std::{fmt, fs};

pub use workbook::Workbook;

/// Why there is no verdict: a wrong call, or something is wrong with the workbook or the system.
/// It never counts against the learner.
#[derive(Clone, Debug)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// Turns an error into a fault that says what it is about.
    pub fn of<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

/// Reads a text. An error names the file.
fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(Fault::of(path.display()))
}
