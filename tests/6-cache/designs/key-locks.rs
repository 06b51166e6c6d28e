//! A fair lock for each key that is asked for: whoever has it looks whether somebody before
//! has left the value, and computes it if not. The lock is given from hand to hand. Values
//! are under an `RwLock`, and the locks under a `Mutex`.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{
    Arc, AtomicU64, Mutex, MutexGuard, Ordering::Relaxed, PoisonError, RwLock, RwLockReadGuard,
    RwLockWriteGuard,
};

pub struct Cache<K, V> {
    values: RwLock<Values<K, V>>,
    locks: Mutex<HashMap<K, Arc<KeyLock<V>>>>,
}

struct Values<K, V> {
    capacity: usize,
    clock: AtomicU64,
    map: HashMap<K, (V, AtomicU64)>,
}

struct KeyLock<V>(Mutex<Key<V>>);

struct Key<V> {
    /// How many calls have this lock: with the last of them it goes.
    calls: usize,
    /// The value that somebody has left for all who ask for the key by this lock.
    left: Option<V>,
    held: bool,
    queue: VecDeque<(u64, Waker)>,
    tickets: u64,
}

impl<K: Eq + Hash + Clone, V: Clone> Values<K, V> {
    fn find(&self, key: &K) -> Option<V> {
        let (value, last_use) = self.map.get(key)?;
        last_use.fetch_max(self.clock.fetch_add(1, Relaxed), Relaxed);
        Some(value.clone())
    }

    fn put(&mut self, key: K, value: V) -> (Option<V>, Option<V>) {
        let now = self.clock.fetch_add(1, Relaxed);
        if let Some((old, last_use)) = self.map.get_mut(&key) {
            last_use.store(now, Relaxed);
            return (Some(mem::replace(old, value)), None);
        }
        let mut evicted = None;
        if self.map.len() >= self.capacity {
            let uses = self.map.iter().map(|(key, (_, last_use))| (last_use.load(Relaxed), key));
            let least = uses.min_by_key(|(last_use, _)| *last_use).map(|(_, key)| key.clone());
            evicted = least.and_then(|key| self.map.remove(&key)).map(|(value, _)| value);
        }
        self.map.insert(key, (value, AtomicU64::new(now)));
        (None, evicted)
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let (capacity, clock) = (capacity.get(), AtomicU64::new(0));
        let values = Values { capacity, clock, map: HashMap::new() };
        Self { values: RwLock::new(values), locks: Mutex::new(HashMap::new()) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.read().find(key)
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut locks = lock(&self.locks);
        let key_lock = locks.remove(&key);
        let (replaced, evicted) = self.write().put(key, value.clone());
        let mut woken = Vec::new();
        if let Some(key_lock) = &key_lock {
            let mut state = lock(&key_lock.0);
            state.left = Some(value);
            woken.extend(state.queue.drain(..));
        }
        drop(locks);
        woken.into_iter().for_each(|(_, waker)| waker.wake());
        drop((evicted, key_lock));
        replaced
    }

    pub fn len(&self) -> usize {
        self.read().map.len()
    }

    pub fn is_empty(&self) -> bool {
        self.read().map.is_empty()
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        let key_lock = {
            let mut locks = lock(&self.locks);
            if let Some(value) = self.read().find(&key) {
                return Ok(value);
            }
            let new =
                || Key { calls: 0, left: None, held: false, queue: VecDeque::new(), tickets: 0 };
            let made = locks.entry(key.clone()).or_insert_with(|| Arc::new(KeyLock(new().into())));
            lock(&made.0).calls += 1;
            made.clone()
        };
        let mut holder = Holder { cache: self, key, key_lock, part: Part::New };
        if let Some(value) = poll_fn(|cx| holder.acquire(cx)).await {
            return Ok(value);
        }
        let value = compute().await?;
        holder.leave(value.clone());
        Ok(value)
    }

    fn read(&self) -> RwLockReadGuard<'_, Values<K, V>> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Values<K, V>> {
        self.values.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Part {
    New,
    Queues(u64),
    Holds,
}

struct Holder<'a, K: Eq + Hash, V> {
    cache: &'a Cache<K, V>,
    key: K,
    key_lock: Arc<KeyLock<V>>,
    part: Part,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Holder<'_, K, V> {
    fn acquire(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let mut state = lock(&self.key_lock.0);
        let mut old = None;
        let poll = if let Some(value) = &state.left {
            Poll::Ready(Some(value.clone()))
        } else if !state.held {
            // A turn that nobody has taken yet is there for anyone.
            state.held = true;
            if let Part::Queues(ticket) = self.part {
                let at = state.queue.iter().position(|(other, _)| *other == ticket);
                old = at.and_then(|at| state.queue.remove(at));
            }
            self.part = Part::Holds;
            Poll::Ready(None)
        } else if let Part::Queues(ticket) = self.part
            && let Some((_, waker)) = state.queue.iter_mut().find(|(other, _)| *other == ticket)
        {
            old = Some((ticket, mem::replace(waker, cx.waker().clone())));
            Poll::Pending
        } else {
            let ticket = state.tickets;
            state.tickets += 1;
            state.queue.push_back((ticket, cx.waker().clone()));
            self.part = Part::Queues(ticket);
            Poll::Pending
        };
        drop(state);
        drop(old);
        poll
    }

    /// Stores the value and leaves it for the others, unless an `insert` was faster.
    fn leave(self, value: V) {
        let mut locks = lock(&self.cache.locks);
        let newest = locks.get(&self.key).is_some_and(|other| Arc::ptr_eq(other, &self.key_lock));
        if !newest {
            return;
        }
        let removed = locks.remove(&self.key);
        let (_none, evicted) = self.cache.write().put(self.key.clone(), value.clone());
        let mut state = lock(&self.key_lock.0);
        state.left = Some(value);
        let woken = mem::take(&mut state.queue);
        drop(state);
        drop(locks);
        woken.into_iter().for_each(|(_, waker)| waker.wake());
        drop((evicted, removed));
    }
}

impl<K: Eq + Hash, V> Drop for Holder<'_, K, V> {
    fn drop(&mut self) {
        let mut locks = lock(&self.cache.locks);
        let mut state = lock(&self.key_lock.0);
        let mut old = None;
        match self.part {
            Part::New => {}
            Part::Queues(ticket) => {
                let at = state.queue.iter().position(|(other, _)| *other == ticket);
                old = at.and_then(|at| state.queue.remove(at));
            }
            Part::Holds => state.held = false,
        }
        let mut woken = None;
        if !state.held {
            woken = state.queue.front().map(|(_, waker)| waker.clone());
        }
        state.calls -= 1;
        let is_listed =
            locks.get(&self.key).is_some_and(|other| Arc::ptr_eq(other, &self.key_lock));
        let mut removed = None;
        if state.calls == 0 && is_listed {
            removed = locks.remove(&self.key);
        }
        drop(state);
        drop(locks);
        drop((old, removed));
        woken.into_iter().for_each(Waker::wake);
    }
}
