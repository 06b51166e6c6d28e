//! How far the searches of this process are, for a watchdog on another thread.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// How many runs have begun so far, in all searches of this process: interleavings, or sequences.
pub fn runs_begun() -> usize {
    BEGUN.load(Relaxed)
}

/// Another run begins.
pub fn begin() {
    BEGUN.fetch_add(1, Relaxed);
}
