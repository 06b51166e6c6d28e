//! Loops that spin until another thread changes something.
//!
//! loom would run such a loop for ever before it lets the other thread go on. So a thread that sees
//! the same again and again, and has changed nothing in between, lets others run first, as a
//! processor does sooner or later.

use std::cell::RefCell;

use loom::thread::{self, ThreadId};

use super::record::Object;

/// How often a thread sees the same before others run. Code that does not spin rarely looks three
/// times in a row, and each look is one more point to switch threads at.
const PATIENCE: u32 = 3;

thread_local! {
    /// What each thread of the model has seen since it changed something.
    static SEEN: RefCell<Vec<(ThreadId, Seen)>> = const { RefCell::new(Vec::new()) };
}

struct Seen {
    object: u32,
    value: u64,
    times: u32,
}

/// A new interleaving begins.
pub(super) fn begin() {
    SEEN.take();
}

/// The running thread has seen this and changed nothing: the value of an atomic, or that a lock is
/// taken.
pub(super) fn saw(object: Object, value: u64) {
    let this = thread::current().id();
    let times = SEEN.with_borrow_mut(|all| {
        let same = |(thread, seen): &&mut (ThreadId, Seen)| {
            *thread == this && (seen.object, seen.value) == (object.id, value)
        };
        if let Some((_, seen)) = all.iter_mut().find(same) {
            seen.times += 1;
            return seen.times;
        }
        all.push((this, Seen { object: object.id, value, times: 1 }));
        1
    });
    if times >= PATIENCE {
        thread::yield_now();
    }
}

/// The running thread has done something else.
pub(super) fn went_on() {
    SEEN.with_borrow_mut(|all| {
        if !all.is_empty() {
            let this = thread::current().id();
            all.retain(|(thread, _)| *thread != this);
        }
    });
}
