//! Calls that wait for the computation of another.

use super::{
    Failed, Work, assert_holds, assert_returns, cache_with, compute, drop_call, ready, wait, woken,
};
use crate::checks::{MEMORY, check};

#[test]
fn one_call_computes_and_the_others_wait() {
    check(|| {
        let cache = cache_with(2, []);
        let [work, other] = [(); 2].map(|()| Work::default());
        let mut first = compute(&cache, "a", &work);
        let mut second = wait(&cache, "a", &other);
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        assert_returns(woken(&mut second, "the value has been computed"), Ok(1));
        assert!(!other.has_begun(), "the value came, but the call that waited computes it again");

        // However many keys are being computed.
        let keys: Vec<&str> = (0..200).map(|key: u32| &*key.to_string().leak()).collect();
        let compute = |key: &&'static str| compute(&cache, key, &Work::default());
        let _computing: Vec<_> = keys.iter().map(compute).collect();
        let _waiting: Vec<_> = keys.iter().map(|key| wait(&cache, key, &other)).collect();
    });
}

#[test]
fn all_who_wait_get_the_value() {
    check(|| {
        let cache = cache_with(2, []);
        let [work, other] = [(); 2].map(|()| Work::default());
        let mut first = compute(&cache, "a", &work);
        let mut waiters = [(); 100].map(|()| wait(&cache, "a", &other));
        let gone = wait(&cache, "a", &other);
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        // None of them depends on another that is polled.
        let woken_at_once = waiters.iter().filter(|waiter| waiter.was_woken()).count();
        assert!(
            woken_at_once == 100,
            "the value came, and none of the 100 who wait was polled: all should be woken, but \
             {woken_at_once} are"
        );
        drop_call(gone);
        for waiter in waiters.iter_mut().rev() {
            assert_returns(ready(waiter, "the value has been computed"), Ok(1));
        }
        assert!(!other.has_begun(), "the value came, but a call that waited computes it again");
    });
}

#[test]
fn a_value_that_is_gone_again_reaches_those_who_waited() {
    check(|| {
        let cache = cache_with(1, []);
        let [work, other] = [(); 2].map(|()| Work::default());
        let mut first = compute(&cache, "a", &work);
        let mut evicted = wait(&cache, "a", &other);
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        cache.insert("b", 2);
        let why = "the value that it waited for came, and was evicted before the call was polled";
        let answer = woken(&mut evicted, why);
        assert!(!other.has_begun(), "{why}, but the call computes it again");
        assert_returns(answer, Ok(1));
        assert_holds(&cache, "b", Some(2), "after b has taken the only place");
    });
}

#[test]
fn receiving_a_value_is_no_further_use() {
    check(|| {
        let cache = cache_with(2, []);
        let work = Work::default();
        let mut first = compute(&cache, "a", &work);
        let mut second = wait(&cache, "a", &Work::default());
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        cache.insert("b", 2);
        assert_returns(woken(&mut second, "the value has been computed"), Ok(1));
        cache.insert("c", 3);
        let when = "after a was computed, b was inserted, one who waited got a, and c was inserted \
                    into two places";
        assert_holds(&cache, "a", None, when);
        assert_holds(&cache, "b", Some(2), when);
    });
}

#[test]
fn a_waiter_sleeps_until_something_happens() {
    check(|| {
        let cache = cache_with(2, []);
        let [work, other] = [(); 2].map(|()| Work::default());
        let mut first = compute(&cache, "a", &work);
        let mut second = wait(&cache, "a", &other);
        for _ in 0..2 {
            assert!(
                !first.was_woken() && !second.was_woken(),
                "nothing happened, but a call was woken: it should sleep, not poll again and again"
            );
            let pending = first.poll().is_pending() && second.poll().is_pending();
            assert!(pending, "the computation is pending, but a call is ready");
        }
        assert!(!other.has_begun(), "a call that waits was polled again, and computes the value");
    });
}

#[test]
fn the_latest_waker_is_woken() {
    check(|| {
        let cache = cache_with(2, []);
        let work = Work::default();
        let mut first = compute(&cache, "a", &work);
        let mut second = wait(&cache, "a", &Work::default());
        let pending = second.poll_with_new_waker().is_pending();
        assert!(pending, "the computation is pending, but a call that is polled again is ready");
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        assert!(
            second.was_woken(),
            "a call that waits was polled with one waker and then with another, and the value \
             came, but the latest waker is not woken"
        );
    });
}

/// Less than the least that a table for thousands of entries takes.
const MOST_BYTES: usize = 64 * 1024;

#[test]
fn calls_that_were_dropped_are_forgotten() {
    check(|| {
        let cache = cache_with(2, []);
        let work = Work::default();
        let mut first = compute(&cache, "a", &work);
        let before = MEMORY.allocated();
        for _ in 0..10_000 {
            drop_call(wait(&cache, "a", &Work::default()));
        }
        let grown = MEMORY.allocated().saturating_sub(before);
        assert!(
            grown < MOST_BYTES,
            "10,000 calls waited for a value and were dropped, and {grown} bytes are still allocated"
        );
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
    });
}

#[test]
fn keys_without_a_value_are_forgotten() {
    check(|| {
        let cache = cache::Cache::<u32, u32>::new(super::room(2));
        let before = MEMORY.allocated();
        for key in 0..10_000 {
            let fails = cache.get_or_insert_with(4 * key, || async { Err(Failed) });
            let _ = harness::Polling::new(fails).poll();
            let waits = || std::future::pending::<Result<_, Failed>>();
            let mut dropped = harness::Polling::new(cache.get_or_insert_with(4 * key + 1, waits));
            assert!(dropped.poll().is_pending(), "a computation is pending, but its call is ready");
            drop_call(dropped);
            let mut overtaken = harness::Polling::new(cache.get_or_insert_with(4 * key + 2, waits));
            assert!(
                overtaken.poll().is_pending(),
                "a computation is pending, but its call is ready"
            );
            cache.insert(4 * key + 2, 0);
            drop_call(overtaken);
            // The one who computes is dropped, and then the one whose turn has come.
            let ask = || harness::Polling::new(cache.get_or_insert_with(4 * key + 3, waits));
            let mut calls = [ask(), ask()];
            let pending = calls.iter_mut().all(|call| call.poll().is_pending());
            assert!(pending, "a computation is pending, but a call is ready");
            calls.into_iter().for_each(drop_call);
        }
        let grown = MEMORY.allocated().saturating_sub(before);
        assert!(
            grown < MOST_BYTES,
            "40,000 keys were computed and have no value in a cache for two, and {grown} bytes are \
             still allocated"
        );
    });
}
