//! The blocking primitives, for a handler that needs some beside tokio's.
//!
//! Here they are the real ones. The checks mount the answer a second time, with
//! others under these names and under `tokio` and `tokio_util`, which a scheduler
//! that chooses by a seed stands behind: that is why the answer says `crate::sync`,
//! and not `std::sync`.

pub use std::sync::atomic::{self, *};
pub use std::sync::{
    Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard, TryLockError, TryLockResult,
};
