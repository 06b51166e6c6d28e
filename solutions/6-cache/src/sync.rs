//! The blocking primitives that the answer is built from.
//!
//! Here they are those of `std`. The checks compile the answer a second time with the explorer's
//! primitives under these names, in order to try its interleavings. That is why the answer uses
//! `crate::sync` and not `std::sync`.

pub use std::sync::atomic::{self, *};
pub use std::sync::{
    Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard, TryLockError, TryLockResult, Weak,
};
