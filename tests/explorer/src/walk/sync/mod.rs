//! What `crate::sync` is while a program is walked.
//!
//! The names, signatures and meanings are those of std. `Arc` is std's own: to count owners is no
//! step.

#![expect(missing_docs, reason = "std documents these types and methods")]

pub mod atomic;
mod condvar;
mod mutex;
mod rwlock;

pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult};

pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
