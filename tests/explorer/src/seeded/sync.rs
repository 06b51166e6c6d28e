//! The primitives that an answer takes from `crate::sync`: shuttle's, and std's `Arc`, since
//! a waker is made of that one only.

pub use std::sync::Arc;

pub use shuttle::sync::atomic::{self, *};
pub use shuttle::sync::{
    Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockError, TryLockResult,
};
