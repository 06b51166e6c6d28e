//! Go's way: a map and a doubly linked list, here by indices into a `Vec`, under one
//! `Mutex`. Those who wait have a slot each, which the value or the turn is put into, first
//! come, first served.

use std::collections::{HashMap, VecDeque};
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

struct State<K, V> {
    list: List<K, V>,
    flights: HashMap<K, Flight<V>>,
    flights_begun: u64,
}

struct Flight<V> {
    number: u64,
    queue: VecDeque<Arc<Mutex<Slot<V>>>>,
}

enum Slot<V> {
    Waiting(Waker),
    Arrived(V),
    /// Its turn: the number of the flight that it goes on with.
    Turn(u64),
    Empty,
}

/// Nodes by index; the most recently used is the head.
struct List<K, V> {
    nodes: Vec<Node<K, V>>,
    of: HashMap<K, usize>,
    head: usize,
    tail: usize,
}

struct Node<K, V> {
    key: K,
    value: Arc<V>,
    before: usize,
    after: usize,
}

/// No node.
const NONE: usize = usize::MAX;

impl<K: Eq + Hash + Clone, V> List<K, V> {
    fn unlink(&mut self, at: usize) {
        let Node { before, after, .. } = self.nodes[at];
        match before {
            NONE => self.head = after,
            before => self.nodes[before].after = after,
        }
        match after {
            NONE => self.tail = before,
            after => self.nodes[after].before = before,
        }
    }

    fn link_first(&mut self, at: usize) {
        let old = mem::replace(&mut self.head, at);
        self.nodes[at].before = NONE;
        self.nodes[at].after = old;
        match old {
            NONE => self.tail = at,
            old => self.nodes[old].before = at,
        }
    }

    fn find(&mut self, key: &K) -> Option<Arc<V>> {
        let at = *self.of.get(key)?;
        self.unlink(at);
        self.link_first(at);
        Some(self.nodes[at].value.clone())
    }

    /// What was replaced, and what had to go.
    fn put(&mut self, key: K, value: Arc<V>, capacity: usize) -> (Option<Arc<V>>, Option<Arc<V>>) {
        if let Some(&at) = self.of.get(&key) {
            self.unlink(at);
            self.link_first(at);
            return (Some(mem::replace(&mut self.nodes[at].value, value)), None);
        }
        if self.nodes.len() < capacity {
            let at = self.nodes.len();
            self.nodes.push(Node { key: key.clone(), value, before: NONE, after: NONE });
            self.link_first(at);
            self.of.insert(key, at);
            return (None, None);
        }
        let at = self.tail;
        self.unlink(at);
        let old = mem::replace(&mut self.nodes[at].key, key.clone());
        self.of.remove(&old);
        let evicted = mem::replace(&mut self.nodes[at].value, value);
        self.link_first(at);
        self.of.insert(key, at);
        (None, Some(evicted))
    }
}

impl<K: Eq + Hash + Clone + Debug, V: Clone + Debug> Cache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        let list = List { nodes: Vec::new(), of: HashMap::new(), head: NONE, tail: NONE };
        let state = State { list, flights: HashMap::new(), flights_begun: 0 };
        Self { capacity, state: Mutex::new(state) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let found = self.lock().list.find(key);
        found.map(|value| V::clone(&value))
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        self.store(key, value, None).0
    }

    pub fn len(&self) -> usize {
        self.lock().list.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub async fn get_or_insert_with<F, Fut, E>(&self, key: K, compute: F) -> Result<V, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<V, E>>,
    {
        let mut call = Call { cache: self, key, part: Part::None };
        if let Some(value) = poll_fn(|cx| call.poll(cx)).await {
            return Ok(value);
        }
        let value = compute().await?;
        if let Part::Flies(number) = mem::replace(&mut call.part, Part::None) {
            self.store(call.key.clone(), value.clone(), Some(number));
        }
        Ok(value)
    }

    /// Stores a value: one that is inserted, or that of a flight, if it still flies.
    fn store(&self, key: K, value: V, flight: Option<u64>) -> (Option<V>, Option<Arc<V>>) {
        let value = Arc::new(value);
        let mut state = self.lock();
        let flies = state.flights.get(&key).map(|flight| flight.number);
        if flight.is_some() && flies != flight {
            drop(state);
            return (None, Some(value));
        }
        let queue = state.flights.remove(&key).map(|flight| flight.queue);
        let mut woken = Vec::new();
        for slot in queue.into_iter().flatten() {
            let arrived = Slot::Arrived(V::clone(&value));
            let old = mem::replace(&mut *lock(&slot), arrived);
            if let Slot::Waiting(waker) = old {
                woken.push(waker);
            }
        }
        let (replaced, evicted) = state.list.put(key, value, self.capacity.get());
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        (replaced.map(|value| V::clone(&value)), evicted)
    }
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        lock(&self.state)
    }

    /// A flight ends without a value: the first in its queue goes on.
    fn pass_on(&self, key: &K, number: u64) {
        let mut state = self.lock();
        let Some(flight) = state.flights.get_mut(key) else { return };
        if flight.number != number {
            return;
        }
        let Some(next) = flight.queue.pop_front() else {
            state.flights.remove(key);
            return;
        };
        let old = mem::replace(&mut *lock(&next), Slot::Turn(number));
        drop(state);
        if let Slot::Waiting(waker) = old {
            waker.wake();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Call<'a, K: Eq + Hash + Clone, V> {
    cache: &'a Cache<K, V>,
    key: K,
    part: Part<V>,
}

enum Part<V> {
    None,
    Waits(Arc<Mutex<Slot<V>>>),
    Flies(u64),
}

impl<K: Eq + Hash + Clone, V: Clone> Call<'_, K, V> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        loop {
            let Part::Waits(slot) = &self.part else { return self.begin(cx) };
            let waker = cx.waker().clone();
            let mut guard = lock(slot);
            let old = match &mut *guard {
                Slot::Waiting(old) => mem::replace(old, waker),
                other => {
                    let what = mem::replace(other, Slot::Empty);
                    drop(guard);
                    self.part = Part::None;
                    match what {
                        Slot::Arrived(value) => return Poll::Ready(Some(value)),
                        Slot::Turn(number) if self.still_flies(number) => {
                            self.part = Part::Flies(number);
                            return Poll::Ready(None);
                        }
                        // An `insert` has ended the flight: begin anew.
                        _ => continue,
                    }
                }
            };
            drop(guard);
            drop(old);
            return Poll::Pending;
        }
    }

    fn still_flies(&self, number: u64) -> bool {
        let state = self.cache.lock();
        state.flights.get(&self.key).is_some_and(|flight| flight.number == number)
    }

    fn begin(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let mut state = self.cache.lock();
        if let Some(value) = state.list.find(&self.key) {
            drop(state);
            return Poll::Ready(Some(V::clone(&value)));
        }
        if let Some(flight) = state.flights.get_mut(&self.key) {
            let slot = Arc::new(Mutex::new(Slot::Waiting(cx.waker().clone())));
            flight.queue.push_back(slot.clone());
            self.part = Part::Waits(slot);
            return Poll::Pending;
        }
        state.flights_begun += 1;
        let number = state.flights_begun;
        state.flights.insert(self.key.clone(), Flight { number, queue: VecDeque::new() });
        self.part = Part::Flies(number);
        Poll::Ready(None)
    }
}

impl<K: Eq + Hash + Clone, V> Drop for Call<'_, K, V> {
    fn drop(&mut self) {
        match mem::replace(&mut self.part, Part::None) {
            Part::None => {}
            Part::Flies(number) => self.cache.pass_on(&self.key, number),
            Part::Waits(slot) => {
                let mut state = self.cache.lock();
                if let Some(flight) = state.flights.get_mut(&self.key) {
                    flight.queue.retain(|other| !Arc::ptr_eq(other, &slot));
                }
                let what = mem::replace(&mut *lock(&slot), Slot::Empty);
                drop(state);
                if let Slot::Turn(number) = what {
                    self.cache.pass_on(&self.key, number);
                }
            }
        }
    }
}
