//! What `crate::sync` is while an answer is searched by seeds: shuttle's primitives, with std's
//! `Arc`, because std makes a waker from that one only, and with atomics whose stores may be
//! delayed.

pub mod atomic;

pub use std::sync::{Arc, Weak};

pub use atomic::*;
pub use shuttle::sync::{
    Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockError, TryLockResult,
};
