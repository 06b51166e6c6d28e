//! Tasks that wait for computations that come to nothing.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use explorer::sync::Arc;
use explorer::task::Task;
use explorer::{note, thread};

use super::{
    A, ALL, Failed, MOST_PREEMPTIONS, ask, ask_and_cancel, ask_and_fail, begin, explore, new_cache,
};

#[test]
fn a_failed_computation_is_taken_over() {
    let text = "a task computes a value and fails while another asks for it";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let other = thread::spawn("failing task", {
            let cache = cache.clone();
            move || ask_and_fail(&cache, A)
        });
        let value = ask(&cache, A, 1);
        if let Ok(same) = other.join() {
            assert!(value == same, "one task has the value {value}, and the other {same}");
        }
    });
}

#[test]
fn a_cancelled_computation_is_taken_over() {
    let text = "a task begins to compute a value and drops its call while another asks for it";
    explore(text, ALL, || {
        let cache = new_cache(1);
        let other = thread::spawn("cancelled task", {
            let cache = cache.clone();
            move || ask_and_cancel(&cache, A)
        });
        ask(&cache, A, 1);
        other.join();
    });
}

#[test]
fn a_dropped_waiter_passes_its_turn_on() {
    let text = "a task drops a call that computes while two others wait; one of them drops its \
                call, and the other goes on waiting";
    explore(text, Some(2), || {
        let cache = new_cache(1);
        let mut first = begin(&cache, A);
        note("asks for a");
        let pending = Task::new().poll(first.as_mut()).is_pending();
        assert!(pending, "a computation is pending, but its call is ready");
        let cancelled = thread::spawn("cancelled task", {
            let cache = cache.clone();
            move || ask_and_cancel(&cache, A)
        });
        let waiting = thread::spawn("waiting task", {
            let cache = cache.clone();
            move || ask(&cache, A, 1)
        });
        note("drops the call");
        drop(first);
        cancelled.join();
        waiting.join();
    });
}

#[test]
fn one_of_those_who_wait_takes_over() {
    let text = "a task drops a call that computes while two others wait, and each would compute";
    explore(text, Some(2), || {
        let cache = new_cache(1);
        let computed = Arc::new(AtomicUsize::new(0));
        let mut first = begin(&cache, A);
        note("asks for a");
        let pending = Task::new().poll(first.as_mut()).is_pending();
        assert!(pending, "a computation is pending, but its call is ready");
        let others = ["second task", "third task"].map(|name| {
            let (cache, computed) = (cache.clone(), computed.clone());
            thread::spawn(name, move || {
                note("asks for a");
                let compute = || async {
                    note("computes");
                    let others = computed.fetch_add(1, SeqCst);
                    assert!(
                        others == 0,
                        "the value was computed already, but it is computed again"
                    );
                    Ok::<_, Failed>(1)
                };
                let value = explorer::task::block_on(cache.get_or_insert_with(A, compute));
                assert!(value.is_ok(), "nothing has failed, but a call returns an error");
            })
        });
        note("drops the call");
        drop(first);
        for other in others {
            other.join();
        }
    });
}

#[test]
fn a_dropped_waiter_meets_the_value() {
    let text = "a task asks for a value and drops its call while another computes it";
    explore(text, MOST_PREEMPTIONS, || {
        let cache = new_cache(1);
        let other = thread::spawn("cancelled task", {
            let cache = cache.clone();
            move || ask_and_cancel(&cache, A)
        });
        ask(&cache, A, 1);
        other.join();
        let value = super::get(&cache, A);
        assert!(value == Some(1), "1 was computed, and a call was dropped: the value is {value:?}");
    });
}
