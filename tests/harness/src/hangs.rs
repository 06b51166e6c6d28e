//! What a check that does not end is told to be.

use schedule::{Cause, Outcome, Status};

use crate::{bypass, doing, telling};

/// Every thread of the process is blocked.
pub(crate) fn stuck() -> Outcome {
    with_the_likely_cause(Cause::Stuck, "stuck: every thread is blocked")
}

/// The process has used far more processor time than the check needs.
pub(crate) fn endless() -> Outcome {
    with_the_likely_cause(Cause::Endless, "endless: the code computes without an end")
}

/// A future is awaited, and nothing is left that could wake it.
pub(crate) fn waits_forever() -> Outcome {
    let message = format!("waits forever: an `.await` never ends{}", doing::current());
    Outcome::new(Status::Timeout, message).because(Cause::WaitsForever)
}

fn with_the_likely_cause(cause: Cause, symptom: &str) -> Outcome {
    let symptom = format!("{symptom}{}", doing::current());
    let message = match bypass::likely_cause_of_a_hang() {
        Some(likely) => format!("{likely}\n{symptom}"),
        None => symptom,
    };
    telling::hangs(Outcome::new(Status::Timeout, message).because(cause))
}
