//! Values that are computed because they are missing.

use std::cell::Cell;
use std::future::ready as ready_future;
use std::rc::Rc;

use harness::{Polling, doing};

use super::{Failed, Work, assert_holds, assert_len, assert_returns, cache_with, compute, ready};
use crate::checks::check;

#[test]
fn a_missing_value_is_computed_and_stored() {
    check(|| {
        let cache = cache_with(2, []);
        let mut call = Work::ready(Ok(1)).ask(&cache, "a");
        assert_returns(ready(&mut call, "the computation is ready at once"), Ok(1));
        assert_holds(&cache, "a", Some(1), "after `get_or_insert_with` has returned 1 for a");

        let work = Work::default();
        let mut call = compute(&cache, "b", &work);
        assert_holds(&cache, "b", None, "while b is being computed");
        work.end(Ok(2));
        assert_returns(ready(&mut call, "the computation has ended"), Ok(2));
        assert_holds(&cache, "b", Some(2), "after `get_or_insert_with` has returned 2 for b");
        assert_len(&cache, 2, "after two values were computed");
    });
}

#[test]
fn a_value_that_is_there_is_not_computed() {
    check(|| {
        let cache = cache_with(2, [("a", 1)]);
        for found in 1..=2 {
            let work = Work::ready(Ok(9));
            let answer = ready(&mut work.ask(&cache, "a"), "the value is there");
            assert!(!work.has_begun(), "the value of a is there, but it is computed");
            assert_returns(answer, Ok(1));
            assert_holds(&cache, "a", Some(1), &format!("after a was found {found} times"));
        }
    });
}

#[test]
fn finding_a_value_counts_as_a_use() {
    check(|| {
        let cache = cache_with(2, [("a", 1), ("b", 2)]);
        assert_returns(ready(&mut Work::ready(Ok(9)).ask(&cache, "a"), "a is there"), Ok(1));
        cache.insert("c", 3);
        let when = "after inserts of a and b into two places, a `get_or_insert_with` that finds a, \
                    and an insert of c";
        assert_holds(&cache, "b", None, when);
        assert_holds(&cache, "a", Some(1), when);
    });
}

#[test]
fn a_computed_value_counts_as_used() {
    check(|| {
        let cache = cache_with(2, [("a", 1), ("b", 2)]);
        let work = Work::default();
        let mut call = compute(&cache, "c", &work);
        cache.get(&"a");
        work.end(Ok(3));
        assert_returns(ready(&mut call, "the computation has ended"), Ok(3));
        let when = "after inserts of a and b into two places, a get of a, and a computation of c \
                    that ended after that";
        assert_holds(&cache, "b", None, when);
        assert_len(&cache, 2, when);
        cache.insert("d", 4);
        let when = format!("{when}, and an insert of d");
        assert_holds(&cache, "a", None, &when);
        assert_holds(&cache, "c", Some(3), &when);
    });
}

#[test]
fn an_unpolled_call_has_no_effect() {
    check(|| {
        let cache = cache_with(2, []);
        let unpolled = Work::ready(Ok(1));
        let call = unpolled.ask(&cache, "a");
        assert!(
            !unpolled.has_begun(),
            "a `get_or_insert_with` that was not polled has called its closure"
        );
        // It is not in the way of others.
        let mut other = Work::ready(Ok(2)).ask(&cache, "a");
        assert_returns(
            ready(&mut other, "only a call that was not polled is there besides"),
            Ok(2),
        );
        drop(call);
        assert_holds(&cache, "a", Some(2), "after a call that was not polled was dropped");
    });
}

#[test]
fn different_keys_are_computed_at_the_same_time() {
    check(|| {
        let cache = cache_with(4, []);
        let works = [(); 3].map(|()| Work::default());
        let [a, b, c] = &works;
        let mut calls = [compute(&cache, "a", a), compute(&cache, "b", b), compute(&cache, "c", c)];
        cache.insert("d", 9);
        for (at, key) in [(1, "b"), (0, "a"), (2, "c")] {
            works[at].end(Ok(at as u32));
            let answer = ready(&mut calls[at], "the computation has ended");
            assert_returns(answer, Ok(at as u32));
            assert_holds(&cache, key, Some(at as u32), "after three keys were computed at once");
        }
        assert_len(&cache, 4, "after an insert and three computations");
    });
}

#[test]
fn a_computation_takes_no_place() {
    check(|| {
        let cache = cache_with(2, [("a", 1), ("b", 2)]);
        let work = Work::default();
        let _call = compute(&cache, "c", &work);
        let when = "while c is being computed, beside a and b in two places";
        assert_len(&cache, 2, when);
        assert_holds(&cache, "a", Some(1), when);
        assert_holds(&cache, "b", Some(2), when);
        assert_holds(&cache, "c", None, when);
    });
}

#[test]
fn the_computation_is_polled_with_the_callers_waker() {
    check(|| {
        let cache = cache_with(2, []);
        let work = Work::default();
        let mut call = compute(&cache, "a", &work);
        let pending = call.poll_with_new_waker().is_pending();
        assert!(pending, "the computation is pending, but `get_or_insert_with` is ready");
        work.end(Ok(1));
        assert!(
            call.was_woken(),
            "a call that computes was polled with one waker and then with another, and its \
             computation has ended, but the latest waker is not woken"
        );
        assert_returns(ready(&mut call, "the computation has ended"), Ok(1));
    });
}

#[test]
fn a_computation_may_use_the_cache() {
    check(|| {
        let cache = Rc::new(cache_with(3, [("a", 1)]));
        let _doing = doing("computing a value: a computation may use the cache");
        let (in_call, in_poll) = (cache.clone(), cache.clone());
        let sum = Cell::new(0);
        let mut call = Polling::new(cache.get_or_insert_with("b", || {
            sum.set(in_call.get(&"a").unwrap_or(0) + in_call.len() as u32);
            in_call.insert("c", 10);
            let sum = sum.get();
            async move {
                in_poll.insert("a", 2);
                let found = in_poll.get_or_insert_with("c", || ready_future(Err(Failed))).await?;
                let nested = in_poll.get_or_insert_with("d", || ready_future(Ok(100))).await?;
                Ok(sum + found + nested)
            }
        }));
        let answer = ready(&mut call, "the computation is ready at once");
        assert_returns(answer, Ok(112));
        assert_holds(&cache, "b", Some(112), "after b was computed from a, c and d");
        assert_holds(&cache, "d", Some(100), "after the computation of b has asked for d");
    });
}
