//! Written with `async` blocks: a call looks, and waits for an event if there is nothing to
//! do, in a loop. Each round of a computation has an event of its own, which says how the
//! round has ended. The values are in a map that is sorted by their last uses.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Poll, Waker};

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub struct Cache<K, V> {
    capacity: NonZeroUsize,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    uses: u64,
    last_use: HashMap<K, u64>,
    by_use: BTreeMap<u64, (K, Arc<V>)>,
    rounds: HashMap<K, Arc<Event<V>>>,
}

/// What a call finds when it looks.
enum Found<V> {
    Value(Arc<V>),
    Round(Arc<Event<V>>),
    Nothing(Arc<Event<V>>),
}

impl<K: Eq + Hash + Clone, V> State<K, V> {
    fn find(&mut self, key: &K) -> Option<Arc<V>> {
        let last_use = self.last_use.get_mut(key)?;
        let entry = self.by_use.remove(last_use)?;
        self.uses += 1;
        *last_use = self.uses;
        let value = entry.1.clone();
        self.by_use.insert(self.uses, entry);
        Some(value)
    }

    fn put(&mut self, key: K, value: Arc<V>, capacity: usize) -> [Option<(K, Arc<V>)>; 2] {
        self.uses += 1;
        let before = self.last_use.insert(key.clone(), self.uses);
        let replaced = before.and_then(|before| self.by_use.remove(&before));
        self.by_use.insert(self.uses, (key, value));
        let mut evicted = None;
        if self.by_use.len() > capacity {
            evicted = self.by_use.pop_first().map(|(_, entry)| entry);
            if let Some((key, _)) = &evicted {
                self.last_use.remove(key);
            }
        }
        [replaced, evicted]
    }

    fn look(&mut self, key: &K) -> Found<V> {
        if let Some(value) = self.find(key) {
            return Found::Value(value);
        }
        if let Some(round) = self.rounds.get(key) {
            return Found::Round(round.clone());
        }
        let round = Arc::new(Event::new());
        self.rounds.insert(key.clone(), round.clone());
        Found::Nothing(round)
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let state = State {
            uses: 0,
            last_use: HashMap::new(),
            by_use: BTreeMap::new(),
            rounds: HashMap::new(),
        };
        Self { capacity, state: Mutex::new(state) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let found = lock(&self.state).find(key);
        found.map(|value| V::clone(&value))
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let value = Arc::new(value);
        let mut state = lock(&self.state);
        let round = state.rounds.remove(&key);
        let [replaced, evicted] = state.put(key, value.clone(), self.capacity.get());
        drop(state);
        drop(evicted);
        if let Some(round) = round {
            round.happen(Some(value));
        }
        replaced.map(|(_, value)| V::clone(&value))
    }

    pub fn len(&self) -> usize {
        lock(&self.state).by_use.len()
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
            let found = lock(&self.state).look(&key);
            match found {
                Found::Value(value) => return Ok(V::clone(&value)),
                Found::Round(round) => {
                    if let Some(value) = round.wait().await {
                        return Ok(V::clone(&value));
                    }
                }
                Found::Nothing(round) => {
                    let mut end = OnDrop { cache: self, key, round, value: None };
                    let value = compute().await?;
                    end.value = Some(Arc::new(value.clone()));
                    return Ok(value);
                }
            }
        }
    }
}

/// Ends a round, with a value or without one.
struct OnDrop<'a, K: Eq + Hash + Clone, V> {
    cache: &'a Cache<K, V>,
    key: K,
    round: Arc<Event<V>>,
    value: Option<Arc<V>>,
}

impl<K: Eq + Hash + Clone, V> Drop for OnDrop<'_, K, V> {
    fn drop(&mut self) {
        let mut state = lock(&self.cache.state);
        if !state.rounds.get(&self.key).is_some_and(|round| Arc::ptr_eq(round, &self.round)) {
            return;
        }
        let own = state.rounds.remove(&self.key);
        let value = self.value.take();
        let mut gone = [None, None];
        if let Some(value) = &value {
            let capacity = self.cache.capacity.get();
            gone = state.put(self.key.clone(), value.clone(), capacity);
        }
        drop(state);
        drop((own, gone));
        self.round.happen(value);
    }
}

/// Something that happens once, and for which many may wait.
struct Event<V>(Mutex<Inner<V>>);

struct Inner<V> {
    happened: Option<Option<Arc<V>>>,
    waiting: BTreeMap<u64, Waker>,
    numbers: u64,
}

impl<V> Event<V> {
    fn new() -> Self {
        Self(Mutex::new(Inner { happened: None, waiting: BTreeMap::new(), numbers: 0 }))
    }

    fn happen(&self, value: Option<Arc<V>>) {
        let mut inner = lock(&self.0);
        inner.happened = Some(value);
        let waiting = mem::take(&mut inner.waiting);
        drop(inner);
        waiting.into_values().for_each(Waker::wake);
    }

    async fn wait(&self) -> Option<Arc<V>> {
        let number = {
            let mut inner = lock(&self.0);
            inner.numbers += 1;
            inner.numbers
        };
        let _leave = Leave { event: self, number };
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let mut inner = lock(&self.0);
            if let Some(value) = &inner.happened {
                return Poll::Ready(value.clone());
            }
            let old = inner.waiting.insert(number, waker);
            drop(inner);
            drop(old);
            Poll::Pending
        })
        .await
    }
}

struct Leave<'a, V> {
    event: &'a Event<V>,
    number: u64,
}

impl<V> Drop for Leave<'_, V> {
    fn drop(&mut self) {
        let old = lock(&self.event.0).waiting.remove(&self.number);
        drop(old);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
