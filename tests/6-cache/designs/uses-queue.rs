//! The order of uses is a queue of all uses, in a `Mutex` beside the `RwLock` of the values:
//! a reader adds to it while it reads. Entries that are not the last use of their key are
//! skipped, and swept out when the queue has twice as many as there are values.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub struct Cache<K, V> {
    capacity: NonZeroUsize,
    values: RwLock<HashMap<K, V>>,
    uses: Mutex<Uses<K>>,
    pending: Mutex<Pending<K, V>>,
}

struct Uses<K> {
    queue: VecDeque<(K, u64)>,
    last: HashMap<K, u64>,
    count: u64,
}

struct Pending<K, V> {
    count: u64,
    groups: HashMap<K, Group>,
    /// For calls that were given a value.
    given: BTreeMap<u64, V>,
}

#[derive(Default)]
struct Group {
    leader: Option<u64>,
    followers: BTreeMap<u64, Waker>,
}

impl<K: Eq + Hash + Clone> Uses<K> {
    fn add(&mut self, key: &K) {
        self.count += 1;
        self.queue.push_back((key.clone(), self.count));
        self.last.insert(key.clone(), self.count);
        if self.queue.len() > 2 * self.last.len() + 8 {
            let last = &self.last;
            self.queue.retain(|(key, count)| last.get(key) == Some(count));
        }
    }

    fn take_oldest(&mut self) -> Option<K> {
        loop {
            let (key, count) = self.queue.pop_front()?;
            if self.last.get(&key) == Some(&count) {
                self.last.remove(&key);
                return Some(key);
            }
        }
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let uses = Uses { queue: VecDeque::new(), last: HashMap::new(), count: 0 };
        let pending = Pending { count: 0, groups: HashMap::new(), given: BTreeMap::new() };
        Self {
            capacity,
            values: RwLock::new(HashMap::new()),
            uses: Mutex::new(uses),
            pending: Mutex::new(pending),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let values = self.read();
        let value = values.get(key)?;
        lock(&self.uses).add(key);
        Some(value.clone())
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut pending = lock(&self.pending);
        let woken = pending.give(&key, &value);
        let (replaced, evicted) = self.store(key, value);
        drop(pending);
        woken.into_values().for_each(Waker::wake);
        drop(evicted);
        replaced
    }

    pub fn len(&self) -> usize {
        self.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        let mut member = Member { cache: self, key, number: None };
        if let Some(value) = poll_fn(|cx| member.poll(cx)).await {
            return Ok(value);
        }
        let value = compute().await?;
        member.deliver(value.clone());
        Ok(value)
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<K, V>> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<K, V>> {
        self.values.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, key: K, value: V) -> (Option<V>, Option<V>) {
        let mut values = self.write();
        let mut uses = lock(&self.uses);
        uses.add(&key);
        let replaced = values.insert(key, value);
        let mut evicted = None;
        if values.len() > self.capacity.get() {
            evicted = uses.take_oldest().and_then(|key| values.remove(&key));
        }
        (replaced, evicted)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash, V: Clone> Pending<K, V> {
    fn give(&mut self, key: &K, value: &V) -> BTreeMap<u64, Waker> {
        let group = self.groups.remove(key).unwrap_or_default();
        for number in group.followers.keys() {
            self.given.insert(*number, value.clone());
        }
        group.followers
    }
}

struct Member<'a, K: Eq + Hash, V: Clone> {
    cache: &'a Cache<K, V>,
    key: K,
    number: Option<u64>,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Member<'_, K, V> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let mut pending = lock(&self.cache.pending);
        let given = self.number.and_then(|number| pending.given.remove(&number));
        if given.is_some() {
            self.number = None;
            return Poll::Ready(given);
        }
        // Values come and go under the lock of `pending`, so a missing one stays so.
        if let Some(value) = self.cache.get(&self.key) {
            return Poll::Ready(Some(value));
        }
        let number = *self.number.get_or_insert_with(|| {
            pending.count += 1;
            pending.count
        });
        let group = pending.groups.entry(self.key.clone()).or_default();
        let old = if group.leader.is_none() {
            group.leader = Some(number);
            let old = group.followers.remove(&number);
            drop(pending);
            drop(old);
            return Poll::Ready(None);
        } else {
            group.followers.insert(number, cx.waker().clone())
        };
        drop(pending);
        drop(old);
        Poll::Pending
    }

    fn deliver(mut self, value: V) {
        let number = self.number.take();
        let mut pending = lock(&self.cache.pending);
        if pending.groups.get(&self.key).is_none_or(|group| group.leader != number) {
            return;
        }
        let woken = pending.give(&self.key, &value);
        let stored = self.cache.store(self.key.clone(), value);
        drop(pending);
        drop(stored);
        woken.into_values().for_each(Waker::wake);
    }
}

impl<K: Eq + Hash, V: Clone> Drop for Member<'_, K, V> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut pending = lock(&self.cache.pending);
        let given = pending.given.remove(&number);
        let mut old = None;
        let mut woken = Vec::new();
        if let Some(group) = pending.groups.get_mut(&self.key) {
            old = group.followers.remove(&number);
            if group.leader == Some(number) {
                group.leader = None;
            }
            if group.leader.is_none() {
                woken.extend(group.followers.values().cloned());
                if woken.is_empty() {
                    pending.groups.remove(&self.key);
                }
            }
        }
        drop(pending);
        drop((given, old));
        woken.into_iter().for_each(Waker::wake);
    }
}
