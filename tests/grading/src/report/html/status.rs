//! What came of an answer: a sign, a word, and what to do about it.

use maud::{Markup, html};
use workbook::verdict::CheckStatus;

use crate::gradebook::Status;

/// All of them, in the order in which they are listed.
pub(super) const STATUSES: [Status; 9] = [
    Status::Passed,
    Status::Failed,
    Status::Inconclusive,
    Status::DoesNotCompile,
    Status::NotStarted,
    Status::Missing,
    Status::Unreadable,
    Status::Refused,
    Status::GraderError,
];

/// A sign and a word, so that neither the colour nor the sign says it alone.
pub(super) fn status(status: Status) -> Markup {
    html! {
        span.status.(class(status)) {
            span.sign aria-hidden="true" { (sign(status)) } " " (status.in_words())
        }
    }
}

/// The class of elements for a status.
pub(super) fn class(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed | Status::DoesNotCompile => "failed",
        Status::Inconclusive => "inconclusive",
        Status::NotStarted | Status::Missing => "absent",
        Status::Unreadable | Status::Refused | Status::GraderError => "undecided",
    }
}

fn sign(status: Status) -> &'static str {
    match status {
        Status::Passed => "✓",
        Status::Failed => "✗",
        Status::Inconclusive => "?",
        Status::DoesNotCompile => "⊗",
        Status::NotStarted => "○",
        Status::Missing => "–",
        Status::Unreadable => "⊘",
        Status::Refused => "⚑",
        Status::GraderError => "!",
    }
}

/// What a status means and what the instructor does next, where the word does not say that.
pub(super) fn next(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::Passed | Status::Failed => return None,
        Status::Inconclusive => {
            "No check fails, and some could neither pass nor fail: see what they say. The points \
             are those of the checks that pass."
        }
        Status::DoesNotCompile => {
            "The answer does not compile together with the checks, so none was run."
        }
        Status::NotStarted => "The answer is still the stub that the exercise begins with.",
        Status::Missing => {
            "Nothing was handed in. If there is an answer elsewhere, put it into the folder of \
             submissions and grade again: what is graded already is kept."
        }
        Status::Unreadable => {
            "Something was handed in, and it cannot be judged: the notes say why. There is no \
             grade. Ask for the file once more, put it into the folder of submissions, and grade \
             again."
        }
        Status::Refused => {
            "The answer uses something that no answer needs and that could change its own grade, \
             so it was not run. There is no grade: read the lines below, and decide. If there is a \
             harmless reason, ask for an answer without them, and grade again."
        }
        Status::GraderError => {
            "Something is wrong with the workbook or this machine, and not with the answer. There \
             is no grade. Mend what the message says, and grade again with --retry-errors."
        }
    })
}

/// The sign, class and word for how a check ended.
pub(super) fn of_check(status: CheckStatus) -> (&'static str, &'static str, &'static str) {
    match status {
        CheckStatus::Passed => ("✓", "passed", "passed"),
        CheckStatus::Failed => ("✗", "failed", "failed"),
        CheckStatus::Timeout => ("✗", "failed", "did not end"),
        CheckStatus::Inconclusive => ("?", "inconclusive", "inconclusive"),
        CheckStatus::NotRun => ("·", "absent", "not run"),
    }
}
