//! Computations that come to nothing.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use harness::{Polling, doing};

use super::{
    Answer, Cache, Failed, Work, assert_holds, assert_len, assert_returns, cache_with, compute,
    drop_call, ready, wait,
};
use crate::checks::check;

/// One of those who wait has to be awake, and to compute when it is polled. Returns which one.
#[track_caller]
fn assert_one_takes_over<const N: usize>(
    calls: &mut [Polling<'_, Answer>; N],
    works: &[Work; N],
    why: &str,
) -> usize {
    let awake: Vec<usize> = (0..N).filter(|&call| calls[call].was_woken()).collect();
    assert!(!awake.is_empty(), "{why}, but none of those who wait is woken");
    let _doing = doing("polling a call that was woken");
    for &call in &awake {
        let pending = calls[call].poll().is_pending();
        assert!(pending, "{why}, and nobody has computed the value, but a call is ready");
    }
    let begun: Vec<usize> = (0..N).filter(|&call| works[call].has_begun()).collect();
    assert!(!begun.is_empty(), "{why}, but none of those who were woken computes the value");
    assert!(
        begun.len() == 1,
        "{why}, and {} calls compute the value at the same time",
        begun.len()
    );
    begun[0]
}

/// The calls that are left get the value that this one computes.
#[track_caller]
fn assert_all_get<const N: usize>(
    calls: &mut [Polling<'_, Answer>; N],
    works: &[Work; N],
    computes: usize,
    cache: &Cache,
) {
    works[computes].end(Ok(7));
    assert_returns(ready(&mut calls[computes], "the computation has ended"), Ok(7));
    for call in (0..N).filter(|&call| call != computes) {
        assert_returns(ready(&mut calls[call], "the value has been computed"), Ok(7));
    }
    assert_holds(cache, "a", Some(7), "after one who waited has computed a");
}

#[test]
fn an_error_is_returned_and_not_stored() {
    check(|| {
        let cache = cache_with(2, []);
        let mut call = Work::ready(Err(Failed)).ask(&cache, "a");
        assert_returns(ready(&mut call, "the computation has failed"), Err(Failed));
        assert_holds(&cache, "a", None, "after the computation of a has failed");
        assert_len(&cache, 0, "after the computation of a has failed");
        let mut call = Work::ready(Ok(1)).ask(&cache, "a");
        assert_returns(ready(&mut call, "the computation before has failed"), Ok(1));
    });
}

#[test]
fn after_an_error_another_takes_over() {
    check(|| {
        let cache = cache_with(2, []);
        let work = Work::default();
        let mut first = compute(&cache, "a", &work);
        let works = [(); 3].map(|()| Work::default());
        let mut calls = [0, 1, 2].map(|call| wait(&cache, "a", &works[call]));
        work.end(Err(Failed));
        assert_returns(ready(&mut first, "the computation has failed"), Err(Failed));
        let computes = assert_one_takes_over(&mut calls, &works, "the computation has failed");
        assert_all_get(&mut calls, &works, computes, &cache);
    });
}

#[test]
fn after_a_drop_another_takes_over() {
    check(|| {
        let cache = cache_with(2, []);
        let first = compute(&cache, "a", &Work::default());
        let works = [(); 3].map(|()| Work::default());
        let mut calls = [0, 1, 2].map(|call| wait(&cache, "a", &works[call]));
        drop_call(first);
        let why = "the call that computed was dropped";
        let computes = assert_one_takes_over(&mut calls, &works, why);
        assert_all_get(&mut calls, &works, computes, &cache);

        // With nobody who waits, the next who asks computes.
        drop_call(compute(&cache, "b", &Work::default()));
        let mut next = Work::ready(Ok(2)).ask(&cache, "b");
        assert_returns(ready(&mut next, why), Ok(2));
    });
}

/// Polls a call whose computation panics, and drops it, as a runtime does.
fn poll_and_panic(mut call: Polling<'_, Answer>) {
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let _ = call.poll();
    }));
    assert!(polled.is_err(), "the computation panics, but `get_or_insert_with` does not");
    drop_call(call);
}

/// The panic hook, which reports panics as failures, does not see this one.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("the computation"))
}

#[test]
fn after_a_panic_another_takes_over() {
    check(|| {
        let cache = cache_with(2, []);
        let mut is_second_poll = false;
        let mut first = Polling::new(cache.get_or_insert_with("a", || {
            std::future::poll_fn(move |_| -> std::task::Poll<Answer> {
                if is_second_poll {
                    panic_quietly();
                }
                is_second_poll = true;
                std::task::Poll::Pending
            })
        }));
        assert!(first.poll().is_pending(), "a computation is pending, but its call is ready");
        let works = [(); 2].map(|()| Work::default());
        let mut calls = [0, 1].map(|call| wait(&cache, "a", &works[call]));
        poll_and_panic(first);
        let computes = assert_one_takes_over(&mut calls, &works, "the computation has panicked");
        assert_all_get(&mut calls, &works, computes, &cache);
    });
}

#[test]
fn after_a_panic_of_the_closure_the_key_is_free() {
    check(|| {
        let cache = cache_with(2, [("b", 2)]);
        let call = cache.get_or_insert_with("a", || -> std::future::Pending<Answer> {
            panic_quietly();
        });
        poll_and_panic(Polling::new(call));
        let why = "the closure has panicked";
        assert_returns(ready(&mut Work::ready(Ok(1)).ask(&cache, "a"), why), Ok(1));
        assert_holds(&cache, "b", Some(2), "after the closure of another key has panicked");
        cache.insert("b", 3);
        assert_holds(&cache, "a", Some(1), "after a was computed");
    });
}

#[test]
fn one_whose_turn_has_come_may_be_dropped() {
    check(|| {
        let cache = cache_with(2, []);
        let first = compute(&cache, "a", &Work::default());
        let works = [(); 2].map(|()| Work::default());
        let mut calls = [0, 1].map(|call| wait(&cache, "a", &works[call])).map(Some);
        drop_call(first);
        let awake = |calls: &[Option<Polling<'_, Answer>>; 2]| {
            calls.iter().position(|call| call.as_ref().is_some_and(Polling::was_woken))
        };
        let woken = awake(&calls);
        let woken = woken.expect("the call that computed was dropped, but no other is woken");
        drop_call(calls[woken].take());
        let other = 1 - woken;
        let Some(call) = &mut calls[other] else { return };
        assert!(
            call.was_woken(),
            "the call that computed was dropped, and so was the one that was woken: the other \
             should be woken, but it is not"
        );
        let pending = call.poll().is_pending();
        assert!(works[other].has_begun(), "all others were dropped, but a call does not compute");
        assert!(pending, "a computation is pending, but its call is ready");
    });
}

#[test]
fn a_waiter_that_is_dropped_disturbs_nobody() {
    check(|| {
        let cache = cache_with(2, []);
        let [work, other] = [(); 2].map(|()| Work::default());
        let mut first = compute(&cache, "a", &work);
        let dropped = wait(&cache, "a", &other);
        let mut stays = wait(&cache, "a", &other);
        drop_call(dropped);
        let mut new = wait(&cache, "a", &other);
        let pending = first.poll().is_pending() && stays.poll().is_pending();
        assert!(
            pending && !other.has_begun(),
            "a call that waited was dropped, which is nobody else's matter, but another call is \
             ready or computes"
        );
        work.end(Ok(1));
        assert_returns(ready(&mut first, "the computation has ended"), Ok(1));
        for call in [&mut stays, &mut new] {
            assert_returns(super::woken(call, "the value has been computed"), Ok(1));
        }
    });
}
