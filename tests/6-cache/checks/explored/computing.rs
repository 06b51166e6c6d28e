//! Tasks that ask for a value while others compute it or insert one.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use explorer::sync::Arc;
use explorer::task::{Task, block_on};
use explorer::{note, thread};

use super::{A, ALL, B, Failed, MOST_PREEMPTIONS, ask, begin, explore, get, insert, new_cache};

#[test]
fn a_value_is_computed_once() {
    let text = "an empty cache, two tasks: each asks for the same value";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let computed = Arc::new(AtomicUsize::new(0));
        let work = |cache: &super::Cache, computed: &AtomicUsize, value| {
            note("asks for a");
            block_on(cache.get_or_insert_with(A, || async {
                note(&format!("computes {value}"));
                let others = computed.fetch_add(1, SeqCst);
                assert!(
                    others == 0,
                    "the value was computed already, but a second task computes it"
                );
                Ok::<_, Failed>(value)
            }))
        };
        let other = thread::spawn("other task", {
            let (cache, computed) = (cache.clone(), computed.clone());
            move || work(&cache, &computed, 2)
        });
        let value = work(&cache, &computed, 1).expect("it does not fail");
        let same = other.join().expect("it does not fail");
        assert!(value == same, "one task has the value {value}, and the other {same}");
    });
}

#[test]
fn no_wakeup_is_lost() {
    let text = "a task computes a value, which is pending at first, while another asks for it";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || ask(&cache, A, 2)
        });
        note("asks for a");
        let mut is_second_poll = false;
        let compute = || {
            note("computes, and is pending");
            std::future::poll_fn(move |cx| {
                if std::mem::replace(&mut is_second_poll, true) {
                    return std::task::Poll::Ready(Ok::<_, Failed>(1));
                }
                cx.waker().wake_by_ref();
                std::task::Poll::Pending
            })
        };
        let value = block_on(cache.get_or_insert_with(A, compute)).expect("it does not fail");
        let same = other.join();
        assert!(value == same, "one task has the value {value}, and the other {same}");
    });
}

#[test]
fn three_tasks_share_a_computation() {
    let text = "an empty cache, three tasks: each asks for the same value";
    explore(text, Some(2), || {
        let cache = new_cache(1);
        let others = [2, 3].map(|value| {
            let cache = cache.clone();
            let name = if value == 2 { "second task" } else { "third task" };
            thread::spawn(name, move || ask(&cache, A, value))
        });
        let value = ask(&cache, A, 1);
        for other in others {
            let same = other.join();
            assert!(value == same, "one task has the value {value}, and another {same}");
        }
    });
}

#[test]
fn a_waiter_moved_to_another_task_is_woken() {
    let text = "a task computes a value while another polls a call that waits for it, first with \
                one waker and then with another";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let task = Task::new();
        let mut first = begin(&cache, A);
        note("asks for a");
        assert!(
            task.poll(first.as_mut()).is_pending(),
            "a computation is pending, but its call is ready"
        );
        let other = thread::spawn("waiting task", {
            let cache = cache.clone();
            move || {
                let mut call =
                    Box::pin(cache.get_or_insert_with(A, || async { Ok::<_, Failed>(2) }));
                note("asks for a");
                if Task::new().poll(call.as_mut()).is_ready() {
                    return;
                }
                note("polls again, with another waker");
                let value = Task::new().block_on(call.as_mut());
                assert!(value.is_ok(), "nothing has failed, but a call returns an error");
            }
        });
        insert(&cache, A, 1);
        other.join();
        drop(first);
    });
}

#[test]
fn an_insert_is_not_overwritten() {
    let text = "a task computes 1 for a while another inserts 2 for it";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let other = thread::spawn("other task", {
            let cache = cache.clone();
            move || ask(&cache, A, 1)
        });
        let replaced = insert(&cache, A, 2);
        other.join();
        let value = get(&cache, A);
        // A computation that ended before the insert was replaced by it.
        assert!(
            value == Some(2),
            "2 was inserted while 1 was being computed, and `insert` returned {replaced:?}, but \
             the value is {value:?}"
        );
    });
}

#[test]
fn an_insert_wakes_those_who_wait() {
    let text = "a computation never ends; another task asks for its value while it is inserted";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let task = Task::new();
        let mut first = begin(&cache, A);
        note("asks for a");
        assert!(
            task.poll(first.as_mut()).is_pending(),
            "a computation is pending, but its call is ready"
        );
        let other = thread::spawn("waiting task", {
            let cache = cache.clone();
            move || ask(&cache, A, 1)
        });
        insert(&cache, A, 2);
        let value = other.join();
        assert!(value == 2, "2 was inserted while a was being computed, but a task gets {value}");
        drop(first);
    });
}

#[test]
fn two_keys_are_computed_at_the_same_time() {
    let text =
        "two tasks compute the values of two keys, and each computation waits until both run";
    explore(text, MOST_PREEMPTIONS, || {
        let cache = new_cache(2);
        let both = Arc::new(explorer::Meeting::new(2));
        let work = |cache: &super::Cache, both: &explorer::Meeting, key| {
            note(&format!("asks for {key}"));
            let compute = || {
                note("computes");
                both.wait();
                std::future::ready(Ok::<_, Failed>(1))
            };
            let value = block_on(cache.get_or_insert_with(key, compute));
            assert!(value.is_ok(), "nothing has failed, but a call returns an error");
        };
        let other = thread::spawn("other task", {
            let (cache, both) = (cache.clone(), both.clone());
            move || work(&cache, &both, B)
        });
        work(&cache, &both, A);
        other.join();
    });
}
