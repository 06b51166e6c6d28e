//! Whether loads may return old values.
//!
//! In Rust's memory model, a load may return an older value than the last one that was stored, if
//! nothing orders that store before the load. loom tries all of these values. But a failure that
//! also occurs without such a load is easier to understand. So a search begins with passes in which
//! every operation on an atomic is `SeqCst`, and sees the newest value.

use std::cell::Cell;
use std::sync::atomic::Ordering;

thread_local! {
    static NEWEST_ONLY: Cell<bool> = const { Cell::new(false) };
    static COULD_BE_STALE: Cell<bool> = const { Cell::new(false) };
}

/// Decides for the models that run next on this thread.
pub(super) fn allow_stale(allowed: bool) {
    NEWEST_ONLY.set(!allowed);
}

/// Whether an operation so far had another ordering than `SeqCst`.
pub(super) fn could_be_stale() -> bool {
    COULD_BE_STALE.get()
}

/// The ordering that an operation has in this pass.
pub(super) fn ordering(asked: Ordering) -> Ordering {
    if asked != Ordering::SeqCst {
        COULD_BE_STALE.set(true);
    }
    if NEWEST_ONLY.get() { Ordering::SeqCst } else { asked }
}
