//! The blocking primitives that the retry budget is built from.
//!
//! Here they are the real ones. The checks mount the answer a second time, with
//! the explorer's primitives under these names, and so try its interleavings:
//! that is why the answer says `crate::sync`, and not `std::sync`.

pub use std::sync::atomic::{self, *};
pub use std::sync::{
    Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard, TryLockError, TryLockResult,
};
