//! Answers that behave differently from run to run.
//!
//! loom runs a model again and again and needs it to do the same under the same schedule. Where an
//! answer does not, loom may notice it and may miss interleavings instead. So one pass over an answer
//! that could depend on chance is run twice, and its steps are compared: the last pass before the
//! full search, which has nearly all that the full search has, and few interleavings.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};

use schedule::Operation;

use super::record::Object;
use super::switch_points::names_one;
use crate::Answer;

/// What such an answer has in its text: a map that has another order in each run, addresses, numbers of
/// threads, and what a clock or a generator says.
const NAMES: [&str; 10] = [
    "HashMap",
    "HashSet",
    "RandomState",
    "fastrand",
    "Instant",
    "SystemTime",
    "ThreadId",
    "as_ptr",
    "from_ref",
    "addr",
];

thread_local! {
    /// The answer that was looked at last, and what was found: a check may search a hundred models of one.
    static LOOKED_AT: Cell<(&'static str, bool)> = const { Cell::new(("", false)) };
    static TRACED: Cell<bool> = const { Cell::new(false) };
    static TRACE: Cell<u64> = const { Cell::new(0) };
}

/// Whether an answer could behave differently from run to run.
pub(super) fn could_matter_to(answer: &Answer) -> bool {
    let (text, could) = LOOKED_AT.get();
    if text == answer.text {
        return could;
    }
    let could = names_one(answer.text, &NAMES)
        || ["*const ", "*mut "].iter().any(|raw| answer.text.contains(raw));
    LOOKED_AT.set((answer.text, could));
    could
}

/// Traces the steps of the pass that comes next, if that is asked for.
pub(super) fn begin_pass(traced: bool) {
    TRACED.set(traced);
    TRACE.set(0);
}

/// What identifies the steps of the pass so far, if they are traced.
pub(super) fn trace() -> u64 {
    TRACE.get()
}

/// A step of the interleaving that runs.
pub(super) fn step(operation: Operation, object: Option<Object>) {
    if TRACED.get() {
        let mut hasher = DefaultHasher::new();
        (TRACE.get(), operation, object.map(Object::number)).hash(&mut hasher);
        TRACE.set(hasher.finish());
    }
}
