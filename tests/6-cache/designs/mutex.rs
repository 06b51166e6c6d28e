//! One `Mutex` around everything: the entries are a list in the order of their uses, the
//! latest at the end, and a value is behind an `Arc`, so that it is cloned outside of the
//! lock. A computation that comes to nothing wakes everybody, and the first to be polled
//! takes over.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::mem;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, Waker};

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub struct Cache<K, V> {
    capacity: NonZeroUsize,
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    entries: Vec<(K, Arc<V>)>,
    running: HashMap<K, Running>,
    calls: u64,
    arrived: HashMap<u64, Arc<V>>,
}

#[derive(Debug)]
struct Running {
    by: Option<u64>,
    waiting: Vec<(u64, Waker)>,
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let state = State {
            entries: Vec::new(),
            running: HashMap::new(),
            calls: 0,
            arrived: HashMap::new(),
        };
        Self { capacity, state: Mutex::new(state) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let value = self.lock().find(key)?;
        Some(V::clone(&value))
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let value = Arc::new(value);
        let mut state = self.lock();
        let woken = state.arrive(&key, &value);
        let (replaced, evicted) = state.put(key, value, self.capacity.get());
        drop(state);
        woken.into_iter().for_each(|(_, waker)| waker.wake());
        drop(evicted);
        replaced.map(|value| V::clone(&value))
    }

    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lock().entries.is_empty()
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        let mut call = Call { cache: self, key, number: None };
        if let Some(value) = poll_fn(|cx| call.poll(cx)).await {
            return Ok(V::clone(&value));
        }
        let value = compute().await?;
        call.finish(&value);
        Ok(value)
    }
}

impl<K, V> Cache<K, V> {
    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> State<K, V> {
    fn find(&mut self, key: &K) -> Option<Arc<V>> {
        let at = self.entries.iter().position(|(of, _)| of == key)?;
        let entry = self.entries.remove(at);
        let value = entry.1.clone();
        self.entries.push(entry);
        Some(value)
    }

    fn put(&mut self, key: K, value: Arc<V>, capacity: usize) -> (Option<Arc<V>>, Option<Arc<V>>) {
        let at = self.entries.iter().position(|(of, _)| *of == key);
        let replaced = at.map(|at| self.entries.remove(at).1);
        let is_full = self.entries.len() == capacity;
        let evicted = is_full.then(|| self.entries.remove(0).1);
        self.entries.push((key, value));
        (replaced, evicted)
    }

    fn arrive(&mut self, key: &K, value: &Arc<V>) -> Vec<(u64, Waker)> {
        let Some(running) = self.running.remove(key) else { return Vec::new() };
        let arrived = running.waiting.iter().map(|(number, _)| (*number, value.clone()));
        self.arrived.extend(arrived);
        running.waiting
    }
}

struct Call<'a, K: Eq + Hash + Clone, V> {
    cache: &'a Cache<K, V>,
    key: K,
    number: Option<u64>,
}

impl<K: Eq + Hash + Clone, V: Clone> Call<'_, K, V> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arc<V>>> {
        let waker = cx.waker().clone();
        let mut state = self.cache.lock();
        let number = match self.number {
            Some(number) => number,
            None => {
                if let Some(value) = state.find(&self.key) {
                    return Poll::Ready(Some(value));
                }
                state.calls += 1;
                self.number = Some(state.calls);
                state.calls
            }
        };
        if let Some(value) = state.arrived.remove(&number) {
            self.number = None;
            return Poll::Ready(Some(value));
        }
        let running = state.running.entry(self.key.clone());
        let running = running.or_insert(Running { by: None, waiting: Vec::new() });
        let at = running.waiting.iter().position(|(other, _)| *other == number);
        let (poll, old) = match (running.by, at) {
            (None, at) => {
                running.by = Some(number);
                (Poll::Ready(None), at.map(|at| running.waiting.remove(at).1))
            }
            (Some(_), Some(at)) => {
                (Poll::Pending, Some(mem::replace(&mut running.waiting[at].1, waker)))
            }
            (Some(_), None) => {
                running.waiting.push((number, waker));
                (Poll::Pending, None)
            }
        };
        drop(state);
        drop(old);
        poll
    }

    fn finish(mut self, value: &V) {
        let Some(number) = self.number.take() else { return };
        let value = Arc::new(value.clone());
        let mut state = self.cache.lock();
        if state.running.get(&self.key).is_none_or(|running| running.by != Some(number)) {
            return;
        }
        let woken = state.arrive(&self.key, &value);
        let (_none, evicted) = state.put(self.key.clone(), value, self.cache.capacity.get());
        drop(state);
        woken.into_iter().for_each(|(_, waker)| waker.wake());
        drop(evicted);
    }
}

impl<K: Eq + Hash + Clone, V> Drop for Call<'_, K, V> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut state = self.cache.lock();
        let arrived = state.arrived.remove(&number);
        let mut old = None;
        let mut woken = Vec::new();
        if let Some(running) = state.running.get_mut(&self.key) {
            if let Some(at) = running.waiting.iter().position(|(other, _)| *other == number) {
                old = Some(running.waiting.remove(at));
            }
            if running.by == Some(number) {
                running.by = None;
            }
            if running.by.is_none() {
                woken = running.waiting.iter().map(|(_, waker)| waker.clone()).collect();
                if woken.is_empty() {
                    state.running.remove(&self.key);
                }
            }
        }
        drop(state);
        drop((arrived, old));
        woken.into_iter().for_each(Waker::wake);
    }
}
