//! What `crate::sync` is while an answer is explored.
//!
//! The names, signatures and meanings are those of std and tokio, as far as loom can model them.
//! Missing are statics (loom's primitives exist only inside a model), what only std's own `Arc` can
//! do ([`sync_with_std_arc`](super::sync_with_std_arc) has that), and everything that waits for a duration.

#![expect(missing_docs, reason = "std and tokio document these types and methods")]

mod arc;
pub mod atomic;
mod condvar;
pub mod mpsc;
mod mutex;
mod not_debug;
mod owners;
mod rwlock;

pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

pub use arc::{Arc, Weak};
pub use atomic::*;
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A point to switch threads at, inside a critical section and before trying to enter it.
///
/// Without it, a `try_lock` in loom waits for the lock as `lock` does, because no other thread
/// runs while the lock is held.
struct SwitchPoint(Option<loom::sync::atomic::AtomicBool>);

impl SwitchPoint {
    fn new() -> Self {
        let explored = super::switch_points::in_locks();
        Self(explored.then(|| loom::sync::atomic::AtomicBool::new(false)))
    }

    fn touch(&self) {
        if let Some(flag) = &self.0 {
            // A read-modify-write sees only the newest value, so it adds a switch point and no
            // choice between values.
            flag.fetch_or(false, loom::sync::atomic::Ordering::Relaxed);
        }
    }
}
