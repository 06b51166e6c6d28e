//! One map, whose entries are a value or a computation, under an `RwLock`. A computation is
//! shared by those who wait for it, and has a lock of its own. If it comes to nothing, its
//! entry goes, all are woken, and each begins anew. What goes is found by a look at all
//! entries.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{Arc, AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError, RwLock};

pub struct Cache<K, V> {
    capacity: NonZeroUsize,
    entries: RwLock<Entries<K, V>>,
    uses: AtomicUsize,
}

struct Entries<K, V> {
    map: HashMap<K, Entry<V>>,
    values: usize,
}

enum Entry<V> {
    Value { value: V, last_use: AtomicUsize },
    Computed(Arc<Computation<V>>),
}

struct Computation<V>(Mutex<Stage<V>>);

enum Stage<V> {
    Runs(Vec<(u64, Waker)>),
    Done(V),
    Failed,
}

impl<V> Computation<V> {
    fn lock(&self) -> MutexGuard<'_, Stage<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, stage: Stage<V>) {
        let old = mem::replace(&mut *self.lock(), stage);
        if let Stage::Runs(waiting) = old {
            waiting.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let entries = Entries { map: HashMap::new(), values: 0 };
        Self { capacity, entries: RwLock::new(entries), uses: AtomicUsize::new(0) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        match entries.map.get(key)? {
            Entry::Value { value, last_use } => {
                last_use.fetch_max(self.next_use(), Ordering::Relaxed);
                Some(value.clone())
            }
            Entry::Computed(_) => None,
        }
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let (old, evicted) = self.store(&mut entries, key, value.clone());
        drop(entries);
        drop(evicted);
        match old? {
            Entry::Value { value, .. } => Some(value),
            Entry::Computed(computation) => {
                computation.end(Stage::Done(value));
                None
            }
        }
    }

    pub fn len(&self) -> usize {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).values
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        loop {
            let own = match self.look(&key) {
                Ok(value) => return Ok(value),
                Err((computation, false)) => {
                    let mut waiting = Waiting { computation, number: None };
                    match poll_fn(|cx| waiting.poll(cx)).await {
                        Some(value) => return Ok(value),
                        None => continue,
                    }
                }
                Err((computation, true)) => computation,
            };
            let running = Running { cache: self, key, own };
            let value = compute().await?;
            running.store(value.clone());
            return Ok(value);
        }
    }

    /// The value, or the computation, and whether it is the caller's.
    fn look(&self, key: &K) -> Result<V, (Arc<Computation<V>>, bool)> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        match entries.map.get(key) {
            Some(Entry::Value { value, last_use }) => {
                last_use.fetch_max(self.next_use(), Ordering::Relaxed);
                Ok(value.clone())
            }
            Some(Entry::Computed(computation)) => Err((computation.clone(), false)),
            None => {
                let own = Arc::new(Computation(Mutex::new(Stage::Runs(Vec::new()))));
                entries.map.insert(key.clone(), Entry::Computed(own.clone()));
                Err((own, true))
            }
        }
    }

    fn next_use(&self) -> usize {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns what was there before, and what had to go.
    fn store(
        &self,
        entries: &mut Entries<K, V>,
        key: K,
        value: V,
    ) -> (Option<Entry<V>>, Option<Entry<V>>) {
        let last_use = AtomicUsize::new(self.next_use());
        let old = entries.map.insert(key, Entry::Value { value, last_use });
        if matches!(old, Some(Entry::Value { .. })) {
            return (old, None);
        }
        entries.values += 1;
        if entries.values <= self.capacity.get() {
            return (old, None);
        }
        let uses = entries.map.iter().filter_map(|(key, entry)| match entry {
            Entry::Value { last_use, .. } => Some((last_use.load(Ordering::Relaxed), key)),
            Entry::Computed(_) => None,
        });
        let least = uses.min_by_key(|(last_use, _)| *last_use).map(|(_, key)| key.clone());
        entries.values -= 1;
        (old, least.and_then(|key| entries.map.remove(&key)))
    }
}

/// The call that computes. Its drop is a failure.
struct Running<'a, K: Eq + Hash + Clone, V> {
    cache: &'a Cache<K, V>,
    key: K,
    own: Arc<Computation<V>>,
}

fn is_own<K: Eq + Hash, V>(entries: &Entries<K, V>, key: &K, own: &Arc<Computation<V>>) -> bool {
    matches!(entries.map.get(key), Some(Entry::Computed(other)) if Arc::ptr_eq(other, own))
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Running<'_, K, V> {
    fn store(self, value: V) {
        let mut entries = self.cache.entries.write().unwrap_or_else(PoisonError::into_inner);
        if !is_own(&entries, &self.key, &self.own) {
            return;
        }
        let stored = self.cache.store(&mut entries, self.key.clone(), value.clone());
        drop(entries);
        drop(stored);
        self.own.end(Stage::Done(value));
    }
}

impl<K: Eq + Hash + Clone, V> Drop for Running<'_, K, V> {
    fn drop(&mut self) {
        let mut entries = self.cache.entries.write().unwrap_or_else(PoisonError::into_inner);
        if is_own(&entries, &self.key, &self.own) {
            entries.map.remove(&self.key);
            drop(entries);
            self.own.end(Stage::Failed);
        }
    }
}

struct Waiting<V> {
    computation: Arc<Computation<V>>,
    number: Option<u64>,
}

impl<V: Clone> Waiting<V> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let waker = cx.waker().clone();
        let mut stage = self.computation.lock();
        match &mut *stage {
            Stage::Done(value) => Poll::Ready(Some(value.clone())),
            Stage::Failed => Poll::Ready(None),
            Stage::Runs(waiting) => {
                let mut old = None;
                match waiting.iter_mut().find(|(number, _)| Some(*number) == self.number) {
                    Some((_, place)) => old = Some(mem::replace(place, waker)),
                    None => {
                        let number = waiting.last().map_or(0, |(last, _)| last + 1);
                        self.number = Some(number);
                        waiting.push((number, waker));
                    }
                }
                drop(stage);
                drop(old);
                Poll::Pending
            }
        }
    }
}

impl<V> Drop for Waiting<V> {
    fn drop(&mut self) {
        let mut stage = self.computation.lock();
        let mut old = None;
        if let Stage::Runs(waiting) = &mut *stage
            && let Some(at) = waiting.iter().position(|(number, _)| Some(*number) == self.number)
        {
            old = Some(waiting.remove(at));
        }
        drop(stage);
        drop(old);
    }
}
