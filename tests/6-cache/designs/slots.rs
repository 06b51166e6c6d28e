//! No list of computations: each call has a slot, which says what it does, and whoever wants
//! to know who computes a key looks through all slots. Entries are shared by `Arc`, so that a
//! value is cloned without the lock.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{Arc, AtomicU64, Ordering, PoisonError, RwLock, RwLockWriteGuard};

pub struct Cache<K, V> {
    table: RwLock<Table<K, V>>,
    clock: AtomicU64,
}

#[derive(Debug)]
struct Table<K, V> {
    capacity: usize,
    entries: Vec<(K, Arc<Entry<V>>)>,
    slots: Vec<(Option<K>, Slot<V>)>,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    last_use: AtomicU64,
}

#[derive(Debug)]
enum Slot<V> {
    Free,
    Waits(Waker),
    Computes,
    /// It computes, and an `insert` was faster.
    IsLate,
    Gets(V),
}

impl<K: Eq + Clone, V: Clone> Table<K, V> {
    fn entry(&self, key: &K) -> Option<&Arc<Entry<V>>> {
        self.entries.iter().find(|(of, _)| of == key).map(|(_, entry)| entry)
    }

    fn slots_of(&mut self, key: &K) -> impl Iterator<Item = &mut Slot<V>> {
        let of_key = move |(of, _): &&mut (Option<K>, Slot<V>)| of.as_ref() == Some(key);
        self.slots.iter_mut().filter(of_key).map(|(_, slot)| slot)
    }

    fn is_computed(&mut self, key: &K) -> bool {
        self.slots_of(key).any(|slot| matches!(slot, Slot::Computes))
    }

    fn occupy(&mut self, key: &K, slot: Slot<V>) -> usize {
        let free = self.slots.iter().position(|(_, slot)| matches!(slot, Slot::Free));
        let at = free.unwrap_or(self.slots.len());
        if at == self.slots.len() {
            self.slots.push((None, Slot::Free));
        }
        self.slots[at] = (Some(key.clone()), slot);
        at
    }

    fn free(&mut self, at: usize) -> Slot<V> {
        mem::replace(&mut self.slots[at], (None, Slot::Free)).1
    }

    /// Stores an entry and gives its value to those who wait. Returns what was replaced, what had
    /// to go, and whom to wake.
    fn store(
        &mut self,
        key: K,
        entry: Entry<V>,
    ) -> (Option<Arc<Entry<V>>>, Option<Arc<Entry<V>>>, Vec<Waker>) {
        let mut woken = Vec::new();
        for slot in self.slots_of(&key) {
            match slot {
                Slot::Free | Slot::IsLate | Slot::Gets(_) => {}
                Slot::Computes => *slot = Slot::IsLate,
                Slot::Waits(_) => {
                    let old = mem::replace(slot, Slot::Gets(entry.value.clone()));
                    if let Slot::Waits(waker) = old {
                        woken.push(waker);
                    }
                }
            }
        }
        let entry = Arc::new(entry);
        if let Some((_, old)) = self.entries.iter_mut().find(|(of, _)| *of == key) {
            return (Some(mem::replace(old, entry)), None, woken);
        }
        let mut evicted = None;
        if self.entries.len() == self.capacity {
            let uses = self.entries.iter().map(|(_, entry)| entry.last_use.load(Ordering::Relaxed));
            let least = uses.enumerate().min_by_key(|(_, last_use)| *last_use);
            evicted = least.map(|(at, _)| self.entries.swap_remove(at).1);
        }
        self.entries.push((key, entry));
        (None, evicted, woken)
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let table = Table { capacity: capacity.get(), entries: Vec::new(), slots: Vec::new() };
        Self { table: RwLock::new(table), clock: AtomicU64::new(0) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let entry = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            let entry = table.entry(key)?;
            self.use_now(entry);
            entry.clone()
        };
        Some(entry.value.clone())
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut table = self.write();
        let (replaced, evicted, woken) = table.store(key, self.entry(value));
        drop(table);
        woken.into_iter().for_each(Waker::wake);
        drop(evicted);
        replaced.map(|entry| entry.value.clone())
    }

    pub fn len(&self) -> usize {
        self.table.read().unwrap_or_else(PoisonError::into_inner).entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        let mut place = Place { cache: self, key, at: None };
        if let Some(value) = poll_fn(|cx| place.poll(cx)).await {
            return Ok(value);
        }
        let value = compute().await?;
        place.store(value.clone());
        Ok(value)
    }

    fn entry(&self, value: V) -> Entry<V> {
        Entry { value, last_use: AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed)) }
    }

    fn use_now(&self, entry: &Entry<V>) {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        entry.last_use.fetch_max(now, Ordering::Relaxed);
    }
}

impl<K, V> Cache<K, V> {
    fn write(&self) -> RwLockWriteGuard<'_, Table<K, V>> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Place<'a, K: Eq + Clone, V: Clone> {
    cache: &'a Cache<K, V>,
    key: K,
    at: Option<usize>,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Place<'_, K, V> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let waker = cx.waker().clone();
        let mut table = self.cache.write();
        let Some(at) = self.at else {
            if let Some(entry) = table.entry(&self.key) {
                self.cache.use_now(entry);
                return Poll::Ready(Some(entry.value.clone()));
            }
            let slot = match table.is_computed(&self.key) {
                true => Slot::Waits(waker),
                false => Slot::Computes,
            };
            let waits = matches!(slot, Slot::Waits(_));
            self.at = Some(table.occupy(&self.key, slot));
            return if waits { Poll::Pending } else { Poll::Ready(None) };
        };
        if let Slot::Gets(_) = &table.slots[at].1 {
            self.at = None;
            let Slot::Gets(value) = table.free(at) else { return Poll::Pending };
            return Poll::Ready(Some(value));
        }
        let is_computed = table.is_computed(&self.key);
        let new = if is_computed { Slot::Waits(waker) } else { Slot::Computes };
        let old = mem::replace(&mut table.slots[at].1, new);
        drop(table);
        drop(old);
        if is_computed { Poll::Pending } else { Poll::Ready(None) }
    }

    fn store(mut self, value: V) {
        let Some(at) = self.at.take() else { return };
        let mut table = self.cache.write();
        if let Slot::Computes = table.free(at) {
            let stored = table.store(self.key.clone(), self.cache.entry(value));
            drop(table);
            let (_none, evicted, woken) = stored;
            woken.into_iter().for_each(Waker::wake);
            drop(evicted);
        }
    }
}

impl<K: Eq + Clone, V: Clone> Drop for Place<'_, K, V> {
    fn drop(&mut self) {
        let Some(at) = self.at else { return };
        let mut table = self.cache.write();
        let old = table.free(at);
        let mut next = None;
        if !table.is_computed(&self.key) {
            next = table.slots_of(&self.key).find_map(|slot| match slot {
                Slot::Waits(waker) => Some(waker.clone()),
                _ => None,
            });
        }
        drop(table);
        drop(old);
        next.into_iter().for_each(Waker::wake);
    }
}
