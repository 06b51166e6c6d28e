//! What `crate::sync` is while an answer is explored.
//!
//! The same names and signatures as std's and tokio's, as far as loom can model them.
//! Missing are `Weak`, `Arc::into_inner`, `Arc` of unsized types made by coercion, statics
//! (loom's primitives live inside a model) and everything that waits for a time.

mod arc;
pub mod atomic;
mod condvar;
pub mod mpsc;
mod mutex;
mod rwlock;

pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

pub use arc::Arc;
pub use atomic::*;
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A place to switch threads inside a critical section, and before trying to enter it.
///
/// loom makes a `try_lock` wait for the lock like a `lock`, unless something else
/// that both touch lets it run in between.
struct SwitchPoint(Option<loom::sync::atomic::AtomicBool>);

impl SwitchPoint {
    fn new() -> Self {
        let explored = crate::explore::explores_try_lock();
        Self(explored.then(|| loom::sync::atomic::AtomicBool::new(false)))
    }

    fn touch(&self) {
        if let Some(flag) = &self.0 {
            // A read-modify-write sees the newest value only, so it adds a switch and
            // no choice of values.
            flag.fetch_or(false, loom::sync::atomic::Ordering::Relaxed);
        }
    }
}
