//! What the program `grade` does inside of a jail. Nobody calls these by hand.

use std::process::ExitCode;

use clap::Subcommand;

use super::canary::Canary;
use super::landlock::Rules;
use super::supervisor::Supervisor;

/// A part of the jail.
#[derive(Debug, Subcommand)]
pub enum Inside {
    /// Runs a program within limits
    Supervise(Supervisor),
    /// Runs a program under the rules of Landlock
    Landlock(Rules),
    /// Tries what a program in the jail must not be able to do
    Canary(Canary),
}

impl Inside {
    /// Does it.
    pub fn run(self) -> ExitCode {
        match self {
            Self::Supervise(supervisor) => supervisor.run(),
            Self::Landlock(rules) => rules.enter(),
            Self::Canary(canary) => canary.run(),
        }
    }
}
