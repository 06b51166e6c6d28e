//! How far the searches of this process are, for a watchdog on another thread.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// How many interleavings have begun so far, in all searches of this process.
pub fn interleavings_begun() -> usize {
    BEGUN.load(Relaxed)
}

pub(crate) fn begin() {
    BEGUN.fetch_add(1, Relaxed);
}
