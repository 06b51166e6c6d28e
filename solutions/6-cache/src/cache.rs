//! A bounded cache for tasks: the value that was used least recently goes, and a
//! missing value is computed once, however many ask for it.
//!
//! One `RwLock` guards everything. A value that is there is read under a read lock, and
//! its use is a number in an atomic, so that readers do not wait for each other. All
//! else takes the write lock. Code of others (computations, wakers, destructors of
//! values) never runs under either.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{
    AtomicU64, Ordering::Relaxed, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

/// A map with at most a given number of values, shared by tasks.
#[derive(Debug)]
pub struct Cache<K, V> {
    capacity: NonZeroUsize,
    /// Counts uses of values and calls that may wait: both get numbers that only grow.
    clock: AtomicU64,
    state: RwLock<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Each key that has a value, by a use of it. A value that was used since then has
    /// a later number in its entry; that is put right when its turn comes to go.
    order: BTreeMap<u64, K>,
    /// By key, the values that are being computed. None of them has an entry.
    computations: HashMap<K, Computation>,
    /// The values for those who waited and have not been polled since, by ticket.
    arrived: BTreeMap<u64, V>,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    last_use: AtomicU64,
}

#[derive(Debug, Default)]
struct Computation {
    /// The ticket of the call that computes the value. `None` if that came to nothing, and
    /// one of those who wait was woken to take over.
    owner: Option<u64>,
    /// Those who wait for the value, by ticket.
    waiters: BTreeMap<u64, Waker>,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    /// Makes an empty cache for at most this many values.
    pub fn new(capacity: NonZeroUsize) -> Self {
        let state = State {
            entries: HashMap::new(),
            order: BTreeMap::new(),
            computations: HashMap::new(),
            arrived: BTreeMap::new(),
        };
        Self { capacity, clock: AtomicU64::new(0), state: RwLock::new(state) }
    }

    /// The value of a key, if it is there. This counts as a use of it.
    pub fn get(&self, key: &K) -> Option<V> {
        let state = self.read();
        let entry = state.entries.get(key)?;
        entry.use_now(&self.clock);
        Some(entry.value.clone())
    }

    /// Puts a value there, and returns the one that it replaces.
    ///
    /// All who wait for the value of this key get this one.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut state = self.write();
        let woken = state.hand_out(&key, &value);
        let (replaced, evicted) = self.store(&mut state, key, value);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        drop(evicted);
        replaced
    }

    /// How many values are there.
    pub fn len(&self) -> usize {
        self.read().entries.len()
    }

    /// Whether no value is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key. If it is missing, one of those who ask for it computes it,
    /// and the others wait.
    ///
    /// Cancel-safe: if the one who computes is dropped, panics or fails, the next takes
    /// over.
    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        // Whatever ends it early drops it, and that passes its turn on.
        let mut call = Call { cache: self, key, ticket: None };
        if let Some(value) = poll_fn(|cx| call.poll(cx)).await {
            return Ok(value);
        }
        let value = compute().await?;
        call.publish(value.clone());
        Ok(value)
    }

    /// Stores a value, and returns the one that it replaces and the one that has to go
    /// for it. Both are for the caller to drop without the lock.
    fn store(&self, state: &mut State<K, V>, key: K, value: V) -> (Option<V>, Option<V>) {
        if let Some(entry) = state.entries.get_mut(&key) {
            entry.use_now(&self.clock);
            return (Some(mem::replace(&mut entry.value, value)), None);
        }
        let is_full = state.entries.len() == self.capacity.get();
        let evicted = if is_full { state.evict() } else { None };
        let now = tick(&self.clock);
        state.order.insert(now, key.clone());
        state.entries.insert(key, Entry { value, last_use: AtomicU64::new(now) });
        (None, evicted)
    }

    // Nothing that panics under the lock leaves the state half changed.

    fn read(&self) -> RwLockReadGuard<'_, State<K, V>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<K, V>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next number. They only have to differ and to grow: `Relaxed` is enough.
fn tick(clock: &AtomicU64) -> u64 {
    clock.fetch_add(1, Relaxed)
}

impl<V> Entry<V> {
    /// Several readers may do this at once, and the latest number has to stay.
    fn use_now(&self, clock: &AtomicU64) {
        self.last_use.fetch_max(tick(clock), Relaxed);
    }
}

impl<K: Eq + Hash + Clone, V: Clone> State<K, V> {
    /// Takes out the value that was used least recently.
    fn evict(&mut self) -> Option<V> {
        loop {
            let (noted, key) = self.order.pop_first()?;
            let last_use = self.entries.get(&key)?.last_use.load(Relaxed);
            if last_use == noted {
                return self.entries.remove(&key).map(|entry| entry.value);
            }
            self.order.insert(last_use, key);
        }
    }

    /// A value has come: gives it to all who wait for it, and returns their wakers.
    fn hand_out(&mut self, key: &K, value: &V) -> Vec<Waker> {
        let computation = self.computations.remove(key);
        let waiters = computation.into_iter().flat_map(|computation| computation.waiters);
        waiters
            .map(|(ticket, waker)| {
                self.arrived.insert(ticket, value.clone());
                waker
            })
            .collect()
    }

    /// A call ends without a value. Returns its waker, if it waited, and the waker of one
    /// that may take over, if nobody computes now.
    fn leave(&mut self, key: &K, ticket: u64) -> (Option<Waker>, Option<Waker>) {
        let Some(computation) = self.computations.get_mut(key) else { return (None, None) };
        let own = computation.waiters.remove(&ticket);
        computation.owner = computation.owner.filter(|owner| *owner != ticket);
        if computation.owner.is_some() {
            return (own, None);
        }
        let next = computation.waiters.values().next().cloned();
        if next.is_none() {
            self.computations.remove(key);
        }
        (own, next)
    }

    fn is_owner(&self, key: &K, ticket: u64) -> bool {
        self.computations.get(key).is_some_and(|computation| computation.owner == Some(ticket))
    }
}

/// A call that has not found its value at once.
struct Call<'a, K: Eq + Hash + Clone + Debug, V: Clone + Debug> {
    cache: &'a Cache<K, V>,
    key: K,
    /// `None` before the first poll, and once there is nothing to leave.
    ticket: Option<u64>,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Call<'_, K, V> {
    /// Waits for the value, or for the turn to compute it: then there is none.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let mut state = self.cache.write();
        let ticket = match self.ticket {
            Some(ticket) => {
                if let Some(value) = state.arrived.remove(&ticket) {
                    self.ticket = None;
                    return Poll::Ready(Some(value));
                }
                ticket
            }
            None => {
                // It may have come since `get` has looked.
                if let Some(entry) = state.entries.get(&self.key) {
                    entry.use_now(&self.cache.clock);
                    return Poll::Ready(Some(entry.value.clone()));
                }
                *self.ticket.insert(tick(&self.cache.clock))
            }
        };
        let computation = state.computations.entry(self.key.clone()).or_default();
        let (poll, stale) = if computation.owner.is_some() {
            (Poll::Pending, computation.waiters.insert(ticket, cx.waker().clone()))
        } else {
            computation.owner = Some(ticket);
            (Poll::Ready(None), computation.waiters.remove(&ticket))
        };
        // Not under the lock: dropping the last waker of a task may drop the task, and
        // with it a call of this cache.
        drop(state);
        drop(stale);
        poll
    }

    /// Stores what was computed. If an `insert` was faster, its value is the newer one.
    fn publish(mut self, value: V) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut state = self.cache.write();
        if !state.is_owner(&self.key, ticket) {
            return;
        }
        let woken = state.hand_out(&self.key, &value);
        let (_none, evicted) = self.cache.store(&mut state, self.key.clone(), value);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        drop(evicted);
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Drop for Call<'_, K, V> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.cache.write();
        let arrived = state.arrived.remove(&ticket);
        let (own, next) = state.leave(&self.key, ticket);
        drop(state);
        drop((arrived, own));
        next.into_iter().for_each(Waker::wake);
    }
}
