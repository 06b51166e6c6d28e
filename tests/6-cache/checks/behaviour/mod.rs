//! What the cache does on one thread, poll by poll.

mod computing;
mod failing;
mod inserting;
mod others_code;
mod storing;
mod tasks;
mod waiting;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use harness::{Polling, doing};

use super::room;

type Cache = cache::Cache<&'static str, u32>;

/// What a computation fails with.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Failed;

/// What a call of `get_or_insert_with` returns.
type Answer = Result<u32, Failed>;

/// A computation that the check ends.
#[derive(Clone, Default)]
struct Work(Rc<Inner>);

#[derive(Default)]
struct Inner {
    calls: Cell<usize>,
    end: Cell<Option<Answer>>,
    waker: RefCell<Option<Waker>>,
}

impl Work {
    /// One that is ready at its first poll.
    fn ready(end: Answer) -> Self {
        let work = Self::default();
        work.0.end.set(Some(end));
        work
    }

    /// Ends it, and wakes the task that it was polled by.
    #[track_caller]
    fn end(&self, end: Answer) {
        self.0.end.set(Some(end));
        let waker = self.0.waker.take();
        let _doing = doing("waking the waker that a computation was polled with");
        waker.expect("a computation is ended after its first poll").wake();
    }

    /// Whether its closure has been called.
    fn has_begun(&self) -> bool {
        self.0.calls.get() > 0
    }

    /// A call of `get_or_insert_with`, not polled yet, that would do this work.
    fn ask<'a>(&self, cache: &'a Cache, key: &'static str) -> Polling<'a, Answer> {
        let work = self.clone();
        Polling::new(cache.get_or_insert_with(key, move || {
            work.0.calls.set(work.0.calls.get() + 1);
            poll_fn(move |cx| match work.0.end.get() {
                Some(end) => Poll::Ready(end),
                None => {
                    work.0.waker.replace(Some(cx.waker().clone()));
                    Poll::Pending
                }
            })
        }))
    }
}

/// A cache with these values, inserted in this order.
fn cache_with<const N: usize>(capacity: usize, values: [(&'static str, u32); N]) -> Cache {
    let _doing = doing("inserting values");
    let cache = Cache::new(room(capacity));
    for (key, value) in values {
        cache.insert(key, value);
    }
    cache
}

/// A call that has begun to compute, and waits for the work to end.
#[track_caller]
fn compute<'a>(cache: &'a Cache, key: &'static str, work: &Work) -> Polling<'a, Answer> {
    let mut call = work.ask(cache, key);
    let _doing = doing("polling a `get_or_insert_with` for a key that has no value");
    let pending = call.poll().is_pending();
    assert!(
        work.has_begun(),
        "nobody computes the value of {key:?}, but the first poll of `get_or_insert_with` does not \
         call its closure"
    );
    assert!(pending, "the computation of {key:?} is pending, but `get_or_insert_with` is ready");
    call
}

/// A call that waits for the computation of another.
#[track_caller]
fn wait<'a>(cache: &'a Cache, key: &'static str, work: &Work) -> Polling<'a, Answer> {
    let mut call = work.ask(cache, key);
    let _doing = doing("polling a `get_or_insert_with` for a value that is being computed");
    let pending = call.poll().is_pending();
    assert!(
        !work.has_begun(),
        "the value of {key:?} is being computed, but a second call computes it too"
    );
    assert!(pending, "the value of {key:?} is being computed, but a second call is ready");
    call
}

/// Polls a call that has to be ready now, and returns what it returns.
#[track_caller]
fn ready(call: &mut Polling<'_, Answer>, why: &str) -> Answer {
    let _doing = doing("polling a `get_or_insert_with`");
    match call.poll() {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("{why}, but `get_or_insert_with` is pending"),
    }
}

/// As [`ready`], for a call that has waited.
#[track_caller]
fn woken(call: &mut Polling<'_, Answer>, why: &str) -> Answer {
    assert!(call.was_woken(), "{why}, but a call that waits for it is not woken");
    ready(call, why)
}

#[track_caller]
fn assert_returns(answer: Answer, expected: Answer) {
    assert!(
        answer == expected,
        "`get_or_insert_with` should return {expected:?}, but it returns {answer:?}"
    );
}

#[track_caller]
fn assert_holds(cache: &Cache, key: &'static str, expected: Option<u32>, when: &str) {
    let _doing = doing("calling `get`");
    let value = cache.get(&key);
    assert!(
        value == expected,
        "{when}, `get({key:?})` should be {expected:?}, but it is {value:?}"
    );
}

#[track_caller]
fn assert_len(cache: &Cache, expected: usize, when: &str) {
    let _doing = doing("calling `len`");
    let len = cache.len();
    assert!(len == expected, "{when}, `len` should be {expected}, but it is {len}");
}

fn drop_call<T>(call: T) {
    let _doing = doing("dropping a call of `get_or_insert_with`");
    drop(call);
}
