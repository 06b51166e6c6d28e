//! The blocking primitives, for a handler that needs some besides tokio's.
//!
//! Here they are those of `std`. The checks compile the answer a second time, with instrumented
//! primitives under these names and under `tokio` and `tokio_util`: a scheduler then tries many
//! interleavings. So use `crate::sync` instead of `std::sync`.

pub use std::sync::atomic::{self, *};
pub use std::sync::{
    Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard, TryLockError, TryLockResult, Weak,
};
