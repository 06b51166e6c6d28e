//! What `crate::sync` is while a program is walked.
//!
//! The names, signatures and meanings are those of std and tokio. `Arc` is std's own: to count owners
//! is no step.

#![expect(missing_docs, reason = "std documents these types and methods")]

pub mod atomic;
mod condvar;
pub mod mpsc;
mod mutex;
mod rwlock;

pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak};

pub use atomic::*;
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
