//! A bounded cache for tasks: the value that was used least recently goes, and a
//! missing value is computed once, however many ask for it.
//!
//! In Go it would be a map and a list under a `sync.RWMutex`, with `singleflight` in
//! front of it. Build it from the primitives of `crate::sync`, and take futures, wakers
//! and maps from `std`.
//!
//! Tasks wait here, not threads: a poll that has to wait stores its waker and returns
//! `Poll::Pending`. It never blocks.

use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;
use std::num::NonZeroUsize;

/// A map with at most a given number of values, shared by tasks.
pub struct Cache<K, V> {
    _values: PhantomData<(K, V)>,
}

// `Debug`, so that a verdict can show what the cache holds.
impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    /// Makes an empty cache for at most this many values.
    pub fn new(capacity: NonZeroUsize) -> Self {
        todo!("make room for {capacity} values, but do not allocate it yet")
    }

    /// The value of a key, if it is there. This counts as a use of it.
    pub fn get(&self, key: &K) -> Option<V> {
        todo!("look up {key:?}")
    }

    /// Puts a value there, and returns the one that it replaces. If there are too many
    /// values now, the one that was used least recently goes.
    ///
    /// All who wait for the value of this key get this one.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        todo!("store {value:?} for {key:?}")
    }

    /// How many values are there.
    pub fn len(&self) -> usize {
        todo!("count the values")
    }

    /// Whether no value is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key. If it is missing, one of those who ask for it computes it,
    /// and the others wait.
    ///
    /// A value that was computed is stored, and all who wait get it. If the one who
    /// computes fails, panics or is dropped, one of those who wait takes over.
    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        drop(compute);
        todo!("find the value of {key:?}, wait for it, or compute it")
    }
}
