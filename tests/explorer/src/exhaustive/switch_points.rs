//! Switch points that loom does not have, for the answers that need them.
//!
//! Some methods need more points to switch threads at than loom has. With them, the search takes
//! about twice as long, so only an answer that calls such a method gets them.

use std::cell::Cell;

use crate::Answer;

thread_local! {
    static IN_LOCKS: Cell<bool> = const { Cell::new(false) };
    static AT_COUNTS: Cell<bool> = const { Cell::new(false) };
}

/// Decides for the models that run next on this thread.
pub(super) fn choose_for(answer: &Answer) {
    let mentions = |methods: &[&str]| methods.iter().any(|method| answer.text.contains(method));
    IN_LOCKS.set(mentions(&["try_lock", "try_read", "try_write"]));
    AT_COUNTS.set(mentions(&["strong_count"]));
}

/// Whether locks have the switch points that a contended `try_lock` needs.
pub(super) fn in_locks() -> bool {
    IN_LOCKS.get()
}

/// Whether `Arc`s have the switch points that reading their count needs.
pub(super) fn at_counts() -> bool {
    AT_COUNTS.get()
}
