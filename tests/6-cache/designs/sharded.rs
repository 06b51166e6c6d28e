//! Those who compute and wait are in one of four shards, by the hash of their key, so that
//! keys seldom wait for each other's locks. The values, whose order is one for all, are
//! under one `RwLock`. A shard is locked before the values are.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering::Relaxed, PoisonError, RwLock};

const SHARDS: usize = 4;

pub struct Cache<K, V> {
    hasher: RandomState,
    shards: [Mutex<Vec<Topic<K, V>>>; SHARDS],
    calls: AtomicU64,
    values: RwLock<Vec<Entry<K, V>>>,
    capacity: NonZeroUsize,
    now: AtomicU64,
}

struct Entry<K, V> {
    key: K,
    value: V,
    last_use: AtomicU64,
}

/// A key that somebody asks for.
struct Topic<K, V> {
    key: K,
    by: Option<u64>,
    /// What came while somebody was still waiting. The topic is then no longer the key's.
    came: Option<V>,
    waiting: Vec<(u64, Option<Waker>)>,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::new(Vec::new())),
            calls: AtomicU64::new(0),
            values: RwLock::new(Vec::new()),
            capacity,
            now: AtomicU64::new(0),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        let entry = values.iter().find(|entry| entry.key == *key)?;
        entry.last_use.fetch_max(self.now.fetch_add(1, Relaxed), Relaxed);
        Some(entry.value.clone())
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut shard = self.shard(&key);
        let woken = come(&mut shard, &key, &value);
        let (replaced, evicted) = self.store(key, value);
        drop(shard);
        woken.into_iter().for_each(Waker::wake);
        drop(evicted);
        replaced
    }

    pub fn len(&self) -> usize {
        self.values.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let mut call = Call { cache: self, key, number: 0 };
        if let Some(value) = poll_fn(|cx| call.poll(cx)).await {
            return Ok(value);
        }
        let value = compute().await?;
        call.store(value.clone());
        Ok(value)
    }

    fn store(&self, key: K, value: V) -> (Option<V>, Option<V>) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        let last_use = AtomicU64::new(self.now.fetch_add(1, Relaxed));
        if let Some(entry) = values.iter_mut().find(|entry| entry.key == key) {
            entry.last_use = last_use;
            return (Some(mem::replace(&mut entry.value, value)), None);
        }
        let new = Entry { key, value, last_use };
        if values.len() < self.capacity.get() {
            values.push(new);
            return (None, None);
        }
        let uses = values.iter().enumerate();
        let least = uses.min_by_key(|(_, entry)| entry.last_use.load(Relaxed));
        let at = least.map_or(0, |(at, _)| at);
        (None, Some(mem::replace(&mut values[at], new).value))
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    fn shard(&self, key: &K) -> MutexGuard<'_, Vec<Topic<K, V>>> {
        let shard = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value comes for a key: it is left for those who wait.
fn come<K: Eq, V: Clone>(shard: &mut Vec<Topic<K, V>>, key: &K, value: &V) -> Vec<Waker> {
    let at = shard.iter().position(|topic| topic.key == *key && topic.came.is_none());
    let Some(at) = at else { return Vec::new() };
    let topic = &mut shard[at];
    if topic.waiting.is_empty() {
        shard.swap_remove(at);
        return Vec::new();
    }
    topic.by = None;
    topic.came = Some(value.clone());
    topic.waiting.iter_mut().filter_map(|(_, waker)| waker.take()).collect()
}

struct Call<'a, K: Eq + Hash, V> {
    cache: &'a Cache<K, V>,
    key: K,
    /// 0 before the first poll and after the end.
    number: u64,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Call<'_, K, V> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let waker = cx.waker().clone();
        let mut shard = self.cache.shard(&self.key);
        if self.number == 0 {
            if let Some(value) = self.cache.get(&self.key) {
                return Poll::Ready(Some(value));
            }
            self.number = 1 + self.cache.calls.fetch_add(1, Relaxed);
            let topic =
                shard.iter_mut().find(|topic| topic.key == self.key && topic.came.is_none());
            match topic {
                Some(topic) if topic.by.is_some() => {
                    topic.waiting.push((self.number, Some(waker)));
                    return Poll::Pending;
                }
                Some(topic) => topic.by = Some(self.number),
                None => {
                    let (key, by) = (self.key.clone(), Some(self.number));
                    shard.push(Topic { key, by, came: None, waiting: Vec::new() });
                }
            }
            return Poll::Ready(None);
        }
        let mine = |topic: &&mut Topic<K, V>| {
            topic.waiting.iter().any(|(number, _)| *number == self.number)
        };
        let Some(topic) = shard.iter_mut().find(mine) else { return Poll::Ready(None) };
        let Some(at) = topic.waiting.iter().position(|(number, _)| *number == self.number) else {
            return Poll::Ready(None);
        };
        if let Some(value) = &topic.came {
            let value = value.clone();
            let left = self.leave(shard);
            self.number = 0;
            drop(left);
            return Poll::Ready(Some(value));
        }
        let (poll, old) = if topic.by.is_some() {
            (Poll::Pending, topic.waiting[at].1.replace(waker))
        } else {
            topic.by = Some(self.number);
            (Poll::Ready(None), topic.waiting.remove(at).1)
        };
        drop(shard);
        drop(old);
        poll
    }

    fn store(mut self, value: V) {
        let mut shard = self.cache.shard(&self.key);
        let is_mine = |topic: &Topic<K, V>| topic.by == Some(self.number);
        if !shard.iter().any(is_mine) {
            return;
        }
        let woken = come(&mut shard, &self.key, &value);
        let stored = self.cache.store(self.key.clone(), value);
        self.number = 0;
        drop(shard);
        drop(stored);
        woken.into_iter().for_each(Waker::wake);
    }
}

/// What a call leaves behind, to be dropped without a lock.
type Left<K, V> = (Option<Waker>, Option<Waker>, Option<Topic<K, V>>);

impl<K: Eq + Hash, V> Call<'_, K, V> {
    /// Its own waker, that of one who may take over, and the topic if nobody is left.
    fn leave(&self, mut shard: MutexGuard<'_, Vec<Topic<K, V>>>) -> Left<K, V> {
        let takes_part = |topic: &Topic<K, V>| {
            topic.by == Some(self.number)
                || topic.waiting.iter().any(|(number, _)| *number == self.number)
        };
        let Some(at) = shard.iter().position(takes_part) else { return (None, None, None) };
        let topic = &mut shard[at];
        topic.by = topic.by.filter(|by| *by != self.number);
        let place = topic.waiting.iter().position(|(number, _)| *number == self.number);
        let own = place.and_then(|place| topic.waiting.remove(place).1);
        if topic.by.is_some() {
            return (own, None, None);
        }
        if topic.waiting.is_empty() {
            return (own, None, Some(shard.swap_remove(at)));
        }
        (own, topic.waiting[0].1.clone(), None)
    }
}

impl<K: Eq + Hash, V> Drop for Call<'_, K, V> {
    fn drop(&mut self) {
        if self.number == 0 {
            return;
        }
        let (own, next, topic) = self.leave(self.cache.shard(&self.key));
        drop((own, topic));
        next.into_iter().for_each(Waker::wake);
    }
}
