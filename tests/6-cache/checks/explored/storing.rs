//! Threads that read and write values at the same time.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use explorer::sync::Arc;
use explorer::{Meeting, note, thread};

use super::{A, ALL, B, C, MOST_PREEMPTIONS, explore, get, insert, new_cache};
use crate::checks::key::Key;
use crate::checks::room;

#[test]
fn a_value_that_is_there_is_found() {
    let text =
        "a is there, and two places: a task gets a while another inserts b, and then a again";
    explore(text, ALL, || {
        let cache = new_cache(2);
        insert(&cache, A, 1);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || {
                insert(&cache, B, 2);
                insert(&cache, A, 3);
            }
        });
        let value = get(&cache, A);
        assert!(
            value == Some(1) || value == Some(3),
            "a is there all the time, but `get` returns {value:?}"
        );
        other.join();
    });
}

#[test]
fn a_value_that_was_found_stays_longest() {
    let text = "a and b fill the cache, and a is older: a task gets a while another inserts c";
    explore(text, ALL, || {
        let cache = new_cache(2);
        insert(&cache, A, 1);
        insert(&cache, B, 2);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || get(&cache, A)
        });
        insert(&cache, C, 3);
        let found = other.join().is_some();
        let is_there = get(&cache, A).is_some();
        assert!(
            found == is_there,
            "{}",
            if found {
                "a was found before c came, so b was used least recently, but a is gone"
            } else {
                "a was not found, but it is there"
            }
        );
    });
}

#[test]
fn an_early_use_does_not_hide_a_later_one() {
    let text = "a and b fill the cache: a task gets a, while another gets b and then a; then c is \
                inserted";
    explore(text, ALL, || {
        let cache = new_cache(2);
        insert(&cache, A, 1);
        insert(&cache, B, 2);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || get(&cache, A)
        });
        get(&cache, B);
        get(&cache, A);
        other.join();
        insert(&cache, C, 3);
        let value = get(&cache, A);
        assert!(value == Some(1), "b was used before the last use of a, but a is gone");
    });
}

#[test]
fn the_capacity_is_never_exceeded() {
    let text = "one place: a task inserts a while another inserts b and calls `len`";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || insert(&cache, A, 1)
        });
        insert(&cache, B, 2);
        note("calls len");
        let len = cache.len();
        assert!(len == 1, "two values were inserted into one place, but `len` is {len}");
        other.join();
        let len = cache.len();
        assert!(len == 1, "two values were inserted into one place, but `len` is {len}");
        let found = [A, B].map(|key| get(&cache, key)).iter().flatten().count();
        assert!(found == 1, "two values were inserted into one place, and {found} are there");
    });
}

#[test]
fn each_insert_replaces_the_one_before() {
    let text = "two tasks insert a value for the same key";
    explore(text, ALL, || {
        let cache = new_cache(2);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || insert(&cache, A, 1)
        });
        let replaced = [insert(&cache, A, 2), other.join()];
        let value = get(&cache, A);
        let is_right =
            matches!((replaced, value), ([Some(1), None], Some(2)) | ([None, Some(2)], Some(1)));
        assert!(
            is_right,
            "1 and 2 were inserted: `insert` returned {:?} and {:?}, and the value is {value:?}",
            replaced[1], replaced[0]
        );
    });
}

/// A value whose clones are made by two readers at the same time, once it is armed.
#[derive(Debug)]
struct ReadByTwo {
    armed: Arc<AtomicBool>,
    both: Option<Arc<Meeting>>,
}

impl Clone for ReadByTwo {
    fn clone(&self) -> Self {
        let armed = self.armed.clone();
        let Some(both) = self.both.as_ref().filter(|_| armed.load(SeqCst)) else {
            return Self { armed, both: self.both.clone() };
        };
        note("clones the value, and waits until another does so too");
        both.wait();
        Self { armed, both: None }
    }
}

#[test]
fn readers_do_not_wait_for_each_other() {
    let text = "two tasks get a value, and its `clone` waits until both are in it";
    explore(text, ALL, || {
        let armed = Arc::new(AtomicBool::new(false));
        let cache = crate::instrumented::Cache::<Key, ReadByTwo>::new(room(1));
        let cache = Arc::new(cache);
        let both = Some(Arc::new(Meeting::new(2)));
        cache.insert(A, ReadByTwo { armed: armed.clone(), both });
        armed.store(true, SeqCst);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || {
                note("gets a");
                cache.get(&A).is_some()
            }
        });
        note("gets a");
        let found = cache.get(&A).is_some();
        assert!(found && other.join(), "a is there, but `get` returns None");
    });
}

#[test]
fn two_keys_are_read_beside_a_writer() {
    let text = "a and b are there, and three places: two tasks get one each while c is inserted";
    explore(text, MOST_PREEMPTIONS, || {
        let cache = new_cache(3);
        insert(&cache, A, 1);
        insert(&cache, B, 2);
        let others = [(A, "second task"), (B, "third task")].map(|(key, name)| {
            let cache = cache.clone();
            thread::spawn(name, move || get(&cache, key))
        });
        insert(&cache, C, 3);
        let [a, b] = others.map(|other| other.join());
        assert!(
            a == Some(1) && b == Some(2),
            "a and b are there all the time, but `get` returns {a:?} and {b:?}"
        );
    });
}
