//! What a failed interleaving is told to be.

use explorer::{Failure, FailureKind};
use schedule::{Cause, Outcome, Status};

use crate::panics;

/// The outcome of a check in which an interleaving failed, or the search was given up.
pub(crate) fn outcome(failure: Failure) -> Outcome {
    let failed = |message: &str| Outcome::new(Status::Failed, message);
    let outcome = match failure.kind {
        FailureKind::Deadlock => failed("a task waits forever: nothing is left that could wake it")
            .because(Cause::WaitsForever),
        FailureKind::DataRace => failed(
            "what one task wrote may not be visible to the next: nothing orders their accesses",
        ),
        FailureKind::Panic if failure.message.contains("Arc leaked") => {
            failed("an `Arc` is never dropped: its memory is leaked")
        }
        FailureKind::Panic => panics::describe(&failure.message, failure.place.as_ref()),
        FailureKind::Endless => inconclusive(
            "one interleaving does not end: does the code spin until a value changes? Take a \
                 lock with `lock`, and store a waker to wait",
        ),
        FailureKind::NotDeterministic => differs(),
        FailureKind::NotExplored => {
            inconclusive("not explored: the code calls a function that the explorer does not have")
        }
    };
    // Only a failure is worth another run to record its steps, and only if it has some.
    let has_steps = outcome.status == Status::Failed && outcome.cause != Some(Cause::NotWritten);
    let interleaving = has_steps.then_some(failure.interleaving);
    Outcome { interleaving, schedule: failure.schedule, ..outcome }
}

/// The outcome of a search that was given up.
#[cfg(feature = "loom")]
pub(crate) fn too_many_interleavings(scenario: &str, tried: Option<usize>) -> Outcome {
    let tried = match tried {
        Some(1) => "none of those with at most 1 preemption fails".to_owned(),
        Some(most) => format!("none of those with at most {most} preemptions fails"),
        None => "no part of them was tried in full".to_owned(),
    };
    inconclusive(&format!(
        "the search was given up: there are too many interleavings of this model: {scenario}; {tried}. Fewer \
         locks and fewer operations on atomics in each call make fewer interleavings"
    ))
}

/// The outcome of a search in which the answer did not do the same under the same interleaving.
pub(crate) fn differs() -> Outcome {
    inconclusive(
        "the code behaves differently when the same interleaving is run again: does it use random \
         numbers, addresses, or the order of a `HashMap`? A `Vec` or a `BTreeMap` always has the same \
         order",
    )
}

/// The outcome of a request for an interleaving that the check cannot run: neither a pass nor a
/// failure.
pub(crate) fn no_such_interleaving() -> Outcome {
    inconclusive("not run: this check has no such interleaving or seed")
}

/// The outcome of an interleaving that failed in a search and did not fail when it was run again.
pub(crate) fn not_repeated() -> Outcome {
    let again = "an interleaving failed and did not fail when it was run again";
    let Outcome { message, .. } = differs();
    inconclusive(&format!("{again}: {}", message.unwrap_or_default()))
}

fn inconclusive(message: &str) -> Outcome {
    Outcome::new(Status::Inconclusive, message)
}
