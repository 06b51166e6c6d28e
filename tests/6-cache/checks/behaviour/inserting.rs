//! An `insert` for a key that is being computed.

use super::{
    Failed, Work, assert_holds, assert_len, assert_returns, cache_with, compute, drop_call, ready,
    wait, woken,
};
use crate::checks::check;

#[test]
fn an_insert_reaches_those_who_wait() {
    check(|| {
        let cache = cache_with(2, []);
        let other = Work::default();
        let _first = compute(&cache, "a", &Work::default());
        let mut waiters = [(); 2].map(|()| wait(&cache, "a", &other));
        let replaced = cache.insert("a", 5);
        assert!(replaced.is_none(), "a had no value, but `insert` returns {replaced:?}");
        for waiter in &mut waiters {
            let why = "a value was inserted for the key that is being computed";
            assert_returns(woken(waiter, why), Ok(5));
        }
        assert!(!other.has_begun(), "a value was inserted, but a call that waited computes it");
    });
}

#[test]
fn an_insert_is_newer_than_a_computation() {
    check(|| {
        let cache = cache_with(2, []);
        let work = Work::default();
        let mut first = compute(&cache, "a", &work);
        cache.insert("a", 5);
        let found = ready(&mut Work::default().ask(&cache, "a"), "a value was inserted");
        assert_returns(found, Ok(5));
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        let when = "after `insert(\"a\", 5)`, and a computation of a that began before it and ended \
                    with 1";
        assert_holds(&cache, "a", Some(5), when);
        assert_len(&cache, 1, when);

        // It is not stored where the inserted value has gone, either.
        let work = Work::default();
        let mut second = compute(&cache, "b", &work);
        for key in ["b", "c", "d"] {
            cache.insert(key, 6);
        }
        work.end(Ok(2));
        assert_returns(ready(&mut second, "the computation has ended"), Ok(2));
        assert_holds(&cache, "b", None, "after b was inserted, evicted, and computed too late");
    });
}

#[test]
fn an_overtaken_computation_disturbs_no_later_one() {
    check(|| {
        // How the old one ends: with a value, with an error, dropped.
        for end in [Some(Ok(1)), Some(Err(Failed)), None] {
            let cache = cache_with(1, []);
            let [old, new, other] = [(); 3].map(|()| Work::default());
            let mut overtaken = compute(&cache, "a", &old);
            cache.insert("a", 5);
            cache.insert("b", 6);
            // The inserted value is gone, and another computes a new one.
            let mut later = compute(&cache, "a", &new);
            let mut waiter = wait(&cache, "a", &other);
            match end {
                Some(end) => {
                    old.end(end);
                    let answer = ready(&mut overtaken, "the computation has ended");
                    assert_returns(answer, end);
                }
                None => drop_call(overtaken),
            }
            let pending = later.poll().is_pending() && waiter.poll().is_pending();
            assert!(
                pending && !other.has_begun(),
                "a computation that an `insert` overtook has ended, and a later one of that key is \
                 disturbed"
            );
            assert_holds(&cache, "a", None, "while a is being computed anew");
            new.end(Ok(2));
            assert_returns(ready(&mut later, "the computation has ended"), Ok(2));
            assert_returns(woken(&mut waiter, "the value has been computed"), Ok(2));
            assert_holds(&cache, "a", Some(2), "after a was computed anew");
        }
    });
}
