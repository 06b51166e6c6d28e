//! The blocking primitives, for a pool that needs more than those of tokio.
//!
//! Here they are those of the standard library. The checks compile the answer a second time,
//! with primitives of the same names whose scheduling is controlled by a seed. That is why the
//! answer imports from `crate::sync` and not from `std::sync`.

pub use std::sync::atomic::{self, *};
pub use std::sync::{
    Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard, TryLockError, TryLockResult, Weak,
};
