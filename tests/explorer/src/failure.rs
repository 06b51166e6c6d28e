//! Why a search ended early.

use std::panic::PanicHookInfo;

use schedule::{Interleaving, Schedule};

/// Why a search ended before every interleaving was run.
#[derive(Clone, Debug)]
pub struct Failure {
    /// In which way it ended.
    pub kind: FailureKind,
    /// The message of the panic, which may be loom's or shuttle's own.
    pub message: String,
    /// File and line of the panic.
    pub place: Option<(String, u32)>,
    /// Where the search was.
    pub interleaving: Interleaving,
    /// Its steps, if it was run to be recorded.
    pub schedule: Option<Schedule>,
}

/// The ways in which a search ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No thread can go on, and not all have ended.
    Deadlock,
    /// Two threads used the same data, one of them to write it, and nothing ordered the two.
    DataRace,
    /// An assertion of the model failed, or the answer panicked.
    Panic,
    /// An interleaving does not end, because of a spin loop for example.
    Endless,
    /// The search reached its limit.
    /// The answer did not do the same when the same interleaving was run again.
    NotDeterministic,
    /// The answer called something that the explorer does not have.
    NotExplored,
}

impl FailureKind {
    /// The last line of a drawing. A panic is described by its own message.
    pub(crate) fn outcome(self) -> Option<&'static str> {
        Some(match self {
            FailureKind::Deadlock => "all of them wait, and none is left to wake another",
            FailureKind::DataRace => "two threads used the same data, and nothing ordered them",
            FailureKind::Panic => return None,
            FailureKind::Endless => "this goes on without an end",
            FailureKind::NotDeterministic => "the same interleaving took another course this time",
            FailureKind::NotExplored => "this calls something that the explorer does not have",
        })
    }
}

/// The message of a panic, and its file and line.
pub(crate) fn of_panic(info: &PanicHookInfo<'_>) -> (String, Option<(String, u32)>) {
    let message = info.payload_as_str().unwrap_or("(a payload that is not text)");
    let place = info.location().map(|place| (place.file().to_owned(), place.line()));
    (message.to_owned(), place)
}
