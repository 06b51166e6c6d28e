//! Values that come and go.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::rc::Rc;

use harness::doing;

use super::{Cache, assert_holds, assert_len, cache_with, room};
use crate::checks::{MEMORY, check};

#[test]
fn an_inserted_value_is_found() {
    check(|| {
        let cache = cache_with(2, []);
        assert_holds(&cache, "a", None, "before anything was inserted");
        cache.insert("a", 1);
        cache.insert("b", 2);
        assert_holds(&cache, "a", Some(1), "after `insert(\"a\", 1)`");
        assert_holds(&cache, "b", Some(2), "after `insert(\"b\", 2)`");
        assert_holds(&cache, "a", Some(1), "when a is looked up again");

        let cache = cache::Cache::new(room(2));
        cache.insert(SameHash("a"), 1);
        cache.insert(SameHash("b"), 2);
        for (key, expected) in [("a", Some(1)), ("b", Some(2)), ("c", None)] {
            let value = cache.get(&SameHash(key));
            assert!(
                value == expected,
                "a has the value 1, b has the value 2, and all keys have the same hash: \
                 `get({key:?})` should be {expected:?}, but it is {value:?}"
            );
        }
    });
}

/// A key with the same hash as all others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SameHash(&'static str);

impl Hash for SameHash {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn insert_returns_the_value_that_it_replaces() {
    check(|| {
        let _doing = doing("calling `insert`");
        let cache = cache_with(2, []);
        for (value, expected) in [(1, None), (2, Some(1)), (3, Some(2))] {
            let replaced = cache.insert("a", value);
            assert!(
                replaced == expected,
                "`insert(\"a\", {value})` should return {expected:?}, but it returns {replaced:?}"
            );
        }
        assert_holds(&cache, "a", Some(3), "after `insert(\"a\", 3)`");
        let full = cache_with(1, [("a", 1)]);
        let replaced = full.insert("b", 2);
        assert!(
            replaced.is_none(),
            "b had no value, and a had to go, but `insert(\"b\", 2)` returns {replaced:?}"
        );
    });
}

#[test]
fn len_counts_the_values() {
    check(|| {
        let cache = cache_with(2, []);
        assert_len(&cache, 0, "before anything was inserted");
        assert!(cache.is_empty(), "nothing was inserted, but `is_empty` is false");
        for (key, expected) in [("a", 1), ("a", 1), ("b", 2), ("c", 2)] {
            cache.insert(key, 0);
            assert_len(&cache, expected, &format!("after an insert of {key:?} into two places"));
            assert!(!cache.is_empty(), "a value is there, but `is_empty` is true");
        }
    });
}

#[test]
fn the_least_recently_used_value_goes() {
    check(|| {
        let cache = cache_with(3, [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)]);
        let when = "after inserts of a, b, c, d and e into three places";
        for (key, expected) in
            [("a", None), ("b", None), ("c", Some(3)), ("d", Some(4)), ("e", Some(5))]
        {
            assert_holds(&cache, key, expected, when);
        }
        let cache = cache_with(1, [("a", 1), ("b", 2)]);
        let when = "after inserts of a and b into one place";
        assert_holds(&cache, "a", None, when);
        assert_holds(&cache, "b", Some(2), when);
    });
}

#[test]
fn a_get_counts_as_a_use() {
    check(|| {
        let cache = cache_with(3, [("a", 1), ("b", 2), ("c", 3)]);
        for key in ["a", "b", "a"] {
            cache.get(&key);
        }
        for (fresh, gone) in [("d", "c"), ("e", "b"), ("f", "a")] {
            cache.insert(fresh, 0);
            let when = format!(
                "after inserts of a, b and c into three places, gets of a, b and a, and inserts up \
                 to {fresh}"
            );
            assert_holds(&cache, gone, None, &when);
            assert_len(&cache, 3, &when);
        }
    });
}

#[test]
fn a_replacing_insert_counts_as_a_use() {
    check(|| {
        let cache = cache_with(2, [("a", 1), ("b", 2), ("a", 3), ("c", 4)]);
        let when = "after inserts of a, b, a and c into two places";
        assert_holds(&cache, "b", None, when);
        assert_holds(&cache, "a", Some(3), when);
        assert_holds(&cache, "c", Some(4), when);
    });
}

#[test]
fn replacing_a_value_evicts_nothing() {
    check(|| {
        let cache = cache_with(2, [("a", 1), ("b", 2), ("b", 3)]);
        let when = "after inserts of a, b and b into two places";
        assert_len(&cache, 2, when);
        assert_holds(&cache, "a", Some(1), when);
        assert_holds(&cache, "b", Some(3), when);
    });
}

#[test]
fn a_missing_key_changes_nothing() {
    check(|| {
        let cache = cache_with(2, [("a", 1), ("b", 2)]);
        let when = "after inserts of a and b into two places, and gets of c and d";
        assert_holds(&cache, "c", None, "after inserts of a and b into two places");
        assert_holds(&cache, "d", None, "after inserts of a and b into two places");
        assert_len(&cache, 2, when);
        cache.insert("e", 3);
        let when = format!("{when}, and an insert of e");
        assert_holds(&cache, "a", None, &when);
        assert_holds(&cache, "b", Some(2), &when);
    });
}

#[test]
fn every_capacity_is_accepted() {
    check(|| {
        let _doing = doing("using a cache for `usize::MAX` values");
        let cache = Cache::new(NonZeroUsize::MAX);
        cache.insert("a", 1);
        cache.insert("b", 2);
        assert_holds(&cache, "a", Some(1), "after inserts into a cache for `usize::MAX` values");
        assert_len(&cache, 2, "after two inserts into a cache for `usize::MAX` values");

        let cache = cache::Cache::new(room(5_000));
        for key in 0..5_001 {
            cache.insert(key, key);
        }
        let len = cache.len();
        assert!(len == 5_000, "after 5,001 inserts into a cache for 5,000 values `len` is {len}");
    });
}

#[test]
fn values_that_are_gone_are_dropped() {
    check(|| {
        /// The most bytes that a cache with a handful of values may take.
        const MOST: usize = 64 * 1024;
        let _doing = doing("inserting many values");
        let cache = cache::Cache::<&str, Rc<()>>::new(room(1));
        let [first, second] = [Rc::new(()), Rc::new(())];
        cache.insert("a", first.clone());
        cache.insert("b", second.clone());
        let held = Rc::strong_count(&first) > 1;
        assert!(!held, "a value was evicted, but the cache has not dropped it");
        drop(cache.insert("b", Rc::new(())));
        let held = Rc::strong_count(&second) > 1;
        assert!(!held, "a value was replaced, but the cache has not dropped it");

        // Uses have to be counted, but not each remembered for ever.
        let cache = cache::Cache::<u32, u32>::new(room(4));
        let before = MEMORY.allocated();
        for key in 0..20_000 {
            cache.insert(key, key);
            cache.get(&key);
            cache.get(&key.saturating_sub(2));
            cache.insert(key, key + 1);
        }
        let grown = MEMORY.allocated().saturating_sub(before);
        assert!(
            grown < MOST,
            "20,000 values went through a cache for four, and {grown} bytes are still allocated"
        );
        for value in 0..20_000 {
            cache.get(&19_999);
            cache.insert(19_999, value);
        }
        let grown = MEMORY.allocated().saturating_sub(before);
        assert!(
            grown < MOST,
            "one key was used 40,000 times, by `get` and by `insert`, and {grown} bytes are still allocated"
        );
    });
}
