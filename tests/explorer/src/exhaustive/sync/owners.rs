//! The count of an `Arc`'s owners, as loom sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use loom::sync::atomic::{AtomicBool, Ordering};

use crate::exhaustive::switch_points;

/// One of the owners of a value. A point to switch threads at comes before each drop, since the
/// last one drops the value. Only answers that look at the count have such points where owners are
/// added and where the count is looked at.
pub(super) struct Owner(Arc<Shared>);

/// Looks at the count and is no owner.
#[derive(Clone)]
pub(super) struct Watcher(Arc<Shared>);

struct Shared {
    /// Only touched: the count is beside it. What its owners did is visible to the last one.
    touched: AtomicBool,
    owners: AtomicUsize,
}

impl Shared {
    #[track_caller]
    fn touch(&self, ordering: Ordering) {
        // A read-modify-write sees only the newest value, so it adds no choice between values.
        self.touched.fetch_or(false, ordering);
    }

    #[track_caller]
    fn look(&self) {
        if switch_points::at_counts() {
            self.touch(Ordering::Acquire);
        }
    }

    fn add_owner(self: &Arc<Self>) -> Owner {
        self.owners.fetch_add(1, SeqCst);
        Owner(self.clone())
    }
}

impl Owner {
    pub(super) fn first() -> Self {
        let touched = AtomicBool::new(false);
        Arc::new(Shared { touched, owners: AtomicUsize::new(0) }).add_owner()
    }

    #[track_caller]
    pub(super) fn look(&self) {
        self.0.look();
    }

    /// As `look`, in any answer: what comes next takes the value if there is no other owner.
    #[track_caller]
    pub(super) fn claim(&self) {
        self.0.touch(Ordering::Acquire);
    }

    pub(super) fn watcher(&self) -> Watcher {
        Watcher(self.0.clone())
    }
}

impl Clone for Owner {
    #[track_caller]
    fn clone(&self) -> Self {
        self.look();
        self.0.add_owner()
    }
}

impl Drop for Owner {
    #[track_caller]
    fn drop(&mut self) {
        self.0.touch(Ordering::Release);
        if self.0.owners.fetch_sub(1, SeqCst) == 1 {
            loom::sync::atomic::fence(Ordering::Acquire);
        }
    }
}

impl Watcher {
    #[track_caller]
    pub(super) fn look(&self) {
        self.0.look();
    }

    /// Another owner, of a value that still has one.
    pub(super) fn owner(&self) -> Owner {
        self.0.add_owner()
    }
}
