//! What the cache does under every interleaving of small models.

mod computing;
mod meetings;
mod storing;
mod taking_over;

use std::future::{Future, ready};
use std::pin::Pin;
use std::task::Poll;

use explorer::note;
use explorer::sync::Arc;
use explorer::task::{Task, block_on};
use harness::Allowed::Std;
use harness::{Scenario, check_explored};

use super::key::Key;
use super::{ANSWER, room};

type Cache = crate::instrumented::Cache<Key, u32>;

const A: Key = Key(0);
const B: Key = Key(1);
const C: Key = Key(2);

/// Every interleaving: for models with two threads.
const ALL: Option<usize> = None;
/// At most so many preemptions: for models with three threads, and for many models in one check.
const MOST_PREEMPTIONS: Option<usize> = Some(3);

/// What a computation fails with.
#[derive(Debug)]
struct Failed;

/// A check that runs a model, described by `text`, under the interleavings with at most so many
/// preemptions.
fn explore<F: Fn() + Send + Sync + 'static>(
    text: &'static str,
    preemptions: Option<usize>,
    model: F,
) {
    check_explored(ANSWER, Std, Scenario { text, preemptions }, model);
}

fn new_cache(capacity: usize) -> Arc<Cache> {
    Arc::new(Cache::new(room(capacity)))
}

fn insert(cache: &Cache, key: Key, value: u32) -> Option<u32> {
    note(&format!("inserts {value} for {key}"));
    cache.insert(key, value)
}

fn get(cache: &Cache, key: Key) -> Option<u32> {
    note(&format!("gets {key}"));
    let value = cache.get(&key);
    match value {
        Some(value) => note(&format!("finds {value}")),
        None => note("finds nothing"),
    }
    value
}

/// Asks for a value, and computes it at once if it comes to that.
fn ask(cache: &Cache, key: Key, value: u32) -> u32 {
    note(&format!("asks for {key}"));
    let compute = || {
        note(&format!("computes {value}"));
        ready(Ok::<_, Failed>(value))
    };
    let value = block_on(cache.get_or_insert_with(key, compute)).expect("it does not fail");
    note(&format!("has {value}"));
    value
}

/// Asks for a value with a computation that fails. Another may compute it.
fn ask_and_fail(cache: &Cache, key: Key) -> Result<u32, Failed> {
    note(&format!("asks for {key}"));
    let compute = || {
        note("fails to compute it");
        ready(Err(Failed))
    };
    block_on(cache.get_or_insert_with(key, compute))
}

/// A call with a computation that never ends.
fn begin(cache: &Cache, key: Key) -> Pin<Box<impl Future<Output = Result<u32, Failed>>>> {
    let compute = || {
        note("computes, and is pending");
        std::future::pending()
    };
    Box::pin(cache.get_or_insert_with(key, compute))
}

/// Asks for a value with a computation that never ends, polls the call once, and drops it.
fn ask_and_cancel(cache: &Cache, key: Key) {
    let task = Task::new();
    let mut call = begin(cache, key);
    note(&format!("asks for {key}"));
    if let Poll::Ready(answer) = task.poll(call.as_mut()) {
        assert!(answer.is_ok(), "nothing has failed, but a call returns an error");
    }
    note("drops the call");
    drop(call);
}
