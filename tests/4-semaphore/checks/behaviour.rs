//! What the semaphore does, on one thread, future by future.
//!
//! Futures are polled by hand, outside of tokio's tasks: their cooperative budget can
//! make a channel pend although it has room.

use std::cell::Cell;
use std::future::{self, Future, poll_fn};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use harness::{Polling, Probe, assert_send, doing, panics};
use semaphore::{Cancelled, Permit, Semaphore};
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet, yield_now};
use tokio::time::{advance, sleep};

use super::{MEMORY, check, check_async};

/// Takes a permit that is free.
#[track_caller]
fn take(semaphore: &Semaphore) -> Permit<'_> {
    let _doing = doing("taking a free permit with `acquire`");
    match Polling::new(semaphore.acquire()).poll() {
        Poll::Ready(permit) => permit,
        Poll::Pending => panic!("`acquire` waits although a permit is free"),
    }
}

/// Joins the queue of a semaphore that has nothing to give.
#[track_caller]
fn wait(semaphore: &Semaphore) -> Polling<impl Future<Output = Permit<'_>>> {
    let _doing = doing("polling an `acquire` that has to wait");
    let mut acquire = Polling::new(semaphore.acquire());
    assert!(acquire.poll().is_pending(), "`acquire` is ready although no permit is free");
    acquire
}

/// Joins the queue with a signal.
#[track_caller]
fn wait_until<'a, C: Future + 'a>(
    semaphore: &'a Semaphore,
    signal: C,
) -> Polling<impl Future<Output = Result<Permit<'a>, Cancelled>>> {
    let _doing = doing("polling an `acquire_until` that has to wait");
    let mut acquire = Polling::new(semaphore.acquire_until(signal));
    assert!(acquire.poll().is_pending(), "`acquire_until` is ready without a permit or a signal");
    acquire
}

/// The permit of a waiter whose turn it is.
#[track_caller]
fn ready<T>(waiter: &mut Polling<impl Future<Output = T>>, who: &str) -> T {
    assert!(waiter.was_woken(), "{who} has a permit coming, and is not woken");
    let _doing = doing("polling a waiter that was woken");
    match waiter.poll() {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("{who} was woken for a permit, and does not get it"),
    }
}

fn give_back(permit: Permit<'_>) {
    let _doing = doing("dropping a permit");
    drop(permit);
}

fn give_up<T>(waiter: T) {
    let _doing = doing("dropping an `acquire` that was waiting");
    drop(waiter);
}

#[track_caller]
fn assert_cancelled(poll: Poll<Result<Permit<'_>, Cancelled>>) {
    assert!(
        matches!(poll, Poll::Ready(Err(Cancelled))),
        "the signal is there and no permit is, and `acquire_until` does not say `Cancelled`"
    );
}

#[track_caller]
fn assert_free(semaphore: &Semaphore, expected: usize, when: &str) {
    let _doing = doing("counting the free permits");
    let counted = semaphore.available_permits();
    assert!(counted == expected, "{when}, {expected} should be free, and {counted} are counted");
}

/// A signal that is given by hand.
#[derive(Default)]
struct Signal(Cell<bool>);

impl Signal {
    fn give(&self) {
        self.0.set(true);
    }

    fn given(&self) -> impl Future<Output = ()> {
        poll_fn(|_| if self.0.get() { Poll::Ready(()) } else { Poll::Pending })
    }
}

#[test]
fn acquire_takes_a_free_permit_at_once() {
    check(|| {
        let semaphore = Semaphore::new(2);
        assert_free(&semaphore, 2, "with two permits and nobody there");
        let _first = take(&semaphore);
        assert_free(&semaphore, 1, "with one of two permits taken");
        let _second = take(&semaphore);
        assert_free(&semaphore, 0, "with both permits taken");
        wait(&semaphore);
    });
}

#[test]
fn try_acquire_takes_a_free_permit() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let _doing = doing("taking a free permit with `try_acquire`");
        let first = semaphore.try_acquire();
        let second = semaphore.try_acquire();
        assert!(
            first.is_some() && second.is_some(),
            "`try_acquire` gives `None` although a permit is free"
        );
        assert_free(&semaphore, 0, "with both permits taken by `try_acquire`");
        assert!(
            semaphore.try_acquire().is_none(),
            "`try_acquire` gives a permit although none is free"
        );
        assert_free(&semaphore, 0, "after a `try_acquire` that got nothing");
        drop(first);
        assert!(
            semaphore.try_acquire().is_some(),
            "`try_acquire` gives `None` although a permit has come back"
        );
    });
}

#[test]
fn a_dropped_permit_is_returned_once() {
    check(|| {
        let semaphore = Semaphore::new(2);
        for _ in 0..3 {
            let (first, second) = (take(&semaphore), take(&semaphore));
            give_back(first);
            assert_free(&semaphore, 1, "when one of two permits has come back");
            give_back(second);
            assert_free(&semaphore, 2, "when both permits have come back");
        }
        let _held = [take(&semaphore), take(&semaphore)];
        let mut waiter = wait(&semaphore);
        let [first, _second] = _held;
        give_back(first);
        give_back(ready(&mut waiter, "the waiter"));
        drop(waiter);
        assert_free(&semaphore, 1, "when a permit went to a waiter and came back");
    });
}

#[test]
fn zero_permits_means_none() {
    check(|| {
        let semaphore = Semaphore::new(0);
        assert_free(&semaphore, 0, "without any permits");
        assert!(semaphore.try_acquire().is_none(), "`new(0)` has a permit for `try_acquire`");
        let mut waiter = wait(&semaphore);
        assert!(waiter.poll().is_pending(), "`new(0)` has a permit for `acquire`");
        give_up(waiter);
        assert_free(&semaphore, 0, "without any permits, after a waiter has come and gone");
    });
}

#[test]
fn large_counts_are_supported() {
    check(|| {
        let most = usize::MAX >> 3;
        let _doing = doing("making a semaphore of `usize::MAX >> 3` permits");
        let semaphore = Semaphore::new(most);
        assert_free(&semaphore, most, "with the most permits");
        let first = take(&semaphore);
        let second = semaphore.try_acquire();
        assert!(second.is_some(), "`try_acquire` gives `None` although very many are free");
        assert_free(&semaphore, most - 2, "with two of very many permits taken");
        give_back(first);
        drop(second);
        assert_free(&semaphore, most, "with all of very many permits back");
    });
}

#[test]
fn semaphores_are_independent() {
    check(|| {
        let (one, other) = (Semaphore::new(1), Semaphore::new(1));
        let permit = take(&one);
        assert_free(&other, 1, "with a permit of another semaphore taken");
        let mut waiter = wait(&one);
        give_back(take(&other));
        assert!(
            waiter.poll().is_pending(),
            "a permit of one semaphore goes to a waiter of another"
        );
        give_back(permit);
        ready(&mut waiter, "the waiter");
    });
}

#[test]
fn waiters_are_served_in_order() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let mut permit = take(&semaphore);
        let mut waiters: Vec<_> = (0..4).map(|_| wait(&semaphore)).collect();
        for (at, name) in ["first", "second", "third", "fourth"].iter().enumerate() {
            give_back(permit);
            for waiter in &mut waiters[at + 1..] {
                assert!(
                    waiter.poll().is_pending(),
                    "somebody gets a permit before the {name} in the queue"
                );
            }
            permit = ready(&mut waiters[at], &format!("the {name} in the queue"));
        }
    });
}

#[test]
fn acquire_joins_the_queue_at_its_first_poll() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut made_first = Polling::new(semaphore.acquire());
        let mut polled_first = Polling::new(semaphore.acquire());
        let pending = polled_first.poll().is_pending() && made_first.poll().is_pending();
        assert!(pending, "`acquire` is ready although no permit is free");
        give_back(permit);
        assert!(
            made_first.poll().is_pending(),
            "the place in the queue goes by when `acquire` was called, not by its first poll"
        );
        ready(&mut polled_first, "the one that was polled first");
    });
}

#[test]
fn an_unpolled_acquire_has_no_effect() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let never_polled = || Polling::new(semaphore.acquire());
        let first = never_polled();
        assert_free(&semaphore, 1, "with an `acquire` that nobody has polled");
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        let second = never_polled();
        give_up(first);
        give_up(second);
        give_back(permit);
        give_back(ready(&mut waiter, "one who waits while others are dropped unpolled"));
        give_up(never_polled());
        assert_free(&semaphore, 1, "when an `acquire` that nobody has polled is dropped");
    });
}

#[test]
fn polling_again_keeps_the_place_in_the_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let (mut first, mut second) = (wait(&semaphore), wait(&semaphore));
        for _ in 0..3 {
            let pending = first.poll().is_pending() && first.poll_with_new_waker().is_pending();
            assert!(pending, "a waiter is ready when it is polled again, and no permit is free");
        }
        give_back(permit);
        assert!(second.poll().is_pending(), "being polled again costs a waiter its place");
        give_up(second);
        give_back(ready(&mut first, "the first in the queue"));
        assert_free(&semaphore, 1, "when one waiter, polled often, has had the permit");
    });
}

#[test]
fn acquire_does_not_overtake_a_waiter() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        give_back(permit);
        let mut newcomer = Polling::new(semaphore.acquire());
        assert!(
            newcomer.poll().is_pending(),
            "an `acquire` takes the permit that was meant for one who waits"
        );
        let mut with_signal = Polling::new(semaphore.acquire_until(future::pending::<()>()));
        assert!(
            with_signal.poll().is_pending(),
            "an `acquire_until` takes the permit that was meant for one who waits"
        );
        let permit = ready(&mut waiter, "the waiter");
        give_back(permit);
        ready(&mut newcomer, "the next in the queue");
    });
}

#[test]
fn try_acquire_does_not_overtake_a_waiter() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        give_back(permit);
        assert!(
            semaphore.try_acquire().is_none(),
            "`try_acquire` takes the permit that was meant for one who waits"
        );
        ready(&mut waiter, "the waiter");
    });
}

#[test]
fn the_latest_waker_is_woken() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        assert!(
            waiter.poll_with_new_waker().is_pending(),
            "a waiter is ready when it is polled again, and no permit is free"
        );
        give_back(permit);
        assert!(
            waiter.was_woken(),
            "a waiter that was polled again by another task: not that task is woken, but the old one"
        );
        ready(&mut waiter, "the waiter");
    });
}

#[test]
fn each_returned_permit_wakes_one_waiter() {
    check(|| {
        let semaphore = Semaphore::new(3);
        let held = [take(&semaphore), take(&semaphore), take(&semaphore)];
        let mut waiters = [wait(&semaphore), wait(&semaphore), wait(&semaphore), wait(&semaphore)];
        held.into_iter().for_each(give_back);
        let woken = waiters.iter().filter(|waiter| waiter.was_woken()).count();
        assert!(woken >= 3, "three permits came back for four waiters, and {woken} are woken");
        // The last first: nobody depends on another's poll.
        let third = ready(&mut waiters[2], "the third in the queue");
        let second = ready(&mut waiters[1], "the second in the queue");
        let first = ready(&mut waiters[0], "the first in the queue");
        assert!(waiters[3].poll().is_pending(), "three permits serve four waiters");
        drop([first, second, third]);
    });
}

#[test]
fn a_dropped_waiter_leaves_the_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let first = wait(&semaphore);
        let [mut second, third, mut fourth, fifth] = [0; 4].map(|_| wait(&semaphore));
        give_up(first);
        give_up(third);
        give_back(permit);
        let permit = ready(&mut second, "the waiter behind one that gave up");
        give_back(permit);
        let permit = ready(&mut fourth, "the next behind another that gave up");
        give_up(fifth);
        give_back(permit);
        assert_free(&semaphore, 1, "when all waiters have gone");
    });
}

#[test]
fn a_waiter_dropped_with_a_promise_passes_it_on() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let (first, second) = (wait(&semaphore), wait_until(&semaphore, future::pending::<()>()));
        let mut third = wait(&semaphore);
        give_back(permit);
        give_up(first);
        assert!(
            second.was_woken(),
            "an `acquire` is dropped when its permit is there: the next in the queue is not woken"
        );
        give_up(second);
        give_back(ready(&mut third, "the next behind two that were chosen and dropped"));
        assert_free(&semaphore, 1, "when the permit has been passed on, and come back");

        let permit = take(&semaphore);
        let alone = wait(&semaphore);
        give_back(permit);
        give_up(alone);
        assert_free(&semaphore, 1, "when the only waiter is dropped, and its permit was there");
        give_back(take(&semaphore));
    });
}

#[test]
fn a_passed_on_promise_wakes_the_right_waiter() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let held = [take(&semaphore), take(&semaphore)];
        let (first, mut second, mut third) = (wait(&semaphore), wait(&semaphore), wait(&semaphore));
        held.into_iter().for_each(give_back);
        give_up(first);
        let third = ready(&mut third, "the third of whom the first gave up, with two permits back");
        let second = ready(&mut second, "the second in the queue");
        assert_free(&semaphore, 0, "when both permits have gone to those who stayed");
        drop((second, third));
        assert_free(&semaphore, 2, "when both have come back");
    });
}

#[test]
fn waiters_of_one_task_are_independent() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        // As in a `join!`: one task, one waker, several waits.
        let task = Probe::new();
        let wait_in_task = || {
            let mut acquire = Polling::new(semaphore.acquire());
            let pending = acquire.poll_with(&task.waker()).is_pending();
            assert!(pending, "`acquire` is ready although no permit is free");
            acquire
        };
        let mut first = wait_in_task();
        let mut anothers = wait(&semaphore);
        let second = wait_in_task();
        give_up(second);
        give_back(permit);
        assert!(anothers.poll().is_pending(), "a task gives up one wait, and another is lost too");
        assert!(task.wakes() > 0, "the first in the queue has a permit coming, and is not woken");
        assert!(first.poll().is_ready(), "the first in the queue was woken, and gets no permit");
    });
}

#[test]
fn order_survives_many_cancelled_waiters() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut first = wait(&semaphore);
        // More than 16 bits can tell apart.
        for _ in 0..70_000 {
            give_up(wait(&semaphore));
        }
        let mut last = wait(&semaphore);
        give_back(permit);
        assert!(last.poll().is_pending(), "after 70,000 who went, the last comes first");
        give_back(ready(&mut first, "the one who was there before 70,000 came and went"));
        give_back(ready(&mut last, "the one who came after 70,000"));
        assert_free(&semaphore, 1, "when all have gone");
    });
}

#[test]
fn a_promised_permit_is_not_available() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let (first, second) = (take(&semaphore), take(&semaphore));
        let mut waiter = wait(&semaphore);
        assert_free(&semaphore, 0, "when both permits are held and one waits");
        give_back(first);
        assert_free(&semaphore, 0, "when the only permit that is back is promised to a waiter");
        give_back(second);
        assert_free(&semaphore, 1, "when two permits are back, and one is promised to a waiter");
        let permit = ready(&mut waiter, "the waiter");
        assert_free(&semaphore, 1, "when the waiter has taken what it was promised");
        give_back(permit);
        assert_free(&semaphore, 2, "when all are back");
    });
}

#[test]
fn unpromised_permits_are_available() {
    check(|| {
        let semaphore = Semaphore::new(3);
        let held = [take(&semaphore), take(&semaphore), take(&semaphore)];
        let mut waiter = wait(&semaphore);
        held.into_iter().for_each(give_back);
        let _doing = doing("taking a permit that is promised to nobody");
        let tried = semaphore.try_acquire();
        assert!(
            tried.is_some(),
            "three permits are back and one waits: `try_acquire` gets none of the other two"
        );
        let mut newcomer = Polling::new(semaphore.acquire());
        let Poll::Ready(_newcomers) = newcomer.poll() else {
            panic!("three permits are back and one waits: a first poll gets none of the others");
        };
        ready(&mut waiter, "the waiter");
        assert_free(&semaphore, 1, "when the waiter's permit is back, and two are held");
    });
}

#[test]
fn dropped_waiters_leave_no_memory() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let rounds = |count: usize| {
            for _ in 0..count {
                let permit = take(&semaphore);
                let first = wait(&semaphore);
                // Come and gone behind one who stays, by either way.
                give_up(wait(&semaphore));
                let signal = Signal::default();
                let mut cancelled = wait_until(&semaphore, signal.given());
                signal.give();
                assert_cancelled(cancelled.poll());
                // Chosen and gone.
                give_back(permit);
                give_up(first);
            }
        };
        let assert_no_growth = |work: &dyn Fn(usize), who: &str| {
            // Whatever it keeps for good, it has after this.
            work(100);
            let before = MEMORY.allocated();
            work(4_000);
            let grown = MEMORY.allocated().saturating_sub(before);
            // A byte and more for each would be 4 KiB; the least that leaks is a pointer.
            assert!(grown < 4 << 10, "4,000 times {who}: {} KiB stay behind", grown >> 10);
        };
        assert_no_growth(&rounds, "somebody came, waited, got a permit and gave up");
        let _permit = take(&semaphore);
        let _first = wait(&semaphore);
        let behind_one_who_stays = |count| (0..count).for_each(|_| give_up(wait(&semaphore)));
        assert_no_growth(&behind_one_who_stays, "somebody came behind one who stays, and went");
    });
}

#[test]
fn acquire_until_waits_in_the_same_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let mut first = wait_until(&semaphore, future::pending::<()>());
        let mut second = wait(&semaphore);
        let mut third = wait_until(&semaphore, future::pending::<()>());
        let pending = first.poll_with_new_waker().is_pending();
        assert!(pending, "`acquire_until` is ready without a permit or a signal");
        give_back(permit);
        let Ok(permit) = ready(&mut first, "an `acquire_until`, first in the queue") else {
            panic!("`acquire_until` says `Cancelled` without a signal");
        };
        give_back(permit);
        give_back(ready(&mut second, "an `acquire` behind an `acquire_until`"));
        let Ok(permit) = ready(&mut third, "an `acquire_until` behind an `acquire`") else {
            panic!("`acquire_until` says `Cancelled` without a signal");
        };
        give_back(permit);
        assert_free(&semaphore, 1, "when all three had the permit");
    });
}

#[test]
fn the_signal_cancels_acquire_until() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let signal = Signal::default();
        let mut waiter = wait_until(&semaphore, signal.given());
        signal.give();
        assert_cancelled(waiter.poll());
        let _doing = doing("polling an `acquire_until` whose signal is there at once");
        assert_cancelled(Polling::new(semaphore.acquire_until(future::ready(()))).poll());
        give_back(permit);
        assert_free(&semaphore, 1, "when two waits were cancelled and the permit is back");
    });
}

#[test]
fn a_permit_wins_over_the_signal() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let mut both = Polling::new(semaphore.acquire_until(future::ready(())));
        let Poll::Ready(Ok(permit)) = both.poll() else {
            panic!("a permit and the signal are there at the first poll: the permit should win");
        };
        assert_free(&semaphore, 0, "when `acquire_until` took the permit");
        let signal = Signal::default();
        let mut waiter = wait_until(&semaphore, signal.given());
        give_back(permit);
        signal.give();
        let Poll::Ready(Ok(permit)) = waiter.poll() else {
            panic!("a permit and the signal came before the same poll: the permit should win");
        };
        give_back(permit);
        assert_free(&semaphore, 1, "when a permit and a signal came together, and it is back");
    });
}

#[test]
fn a_cancelled_acquire_until_leaves_the_queue() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let signal = Signal::default();
        let mut cancelled = wait_until(&semaphore, signal.given());
        let mut next = wait(&semaphore);
        signal.give();
        assert_cancelled(cancelled.poll());
        // The finished future is still there.
        give_back(permit);
        assert!(
            next.was_woken(),
            "the permit goes to a wait that was cancelled, and not to the next in the queue"
        );
        give_back(ready(&mut next, "the next in the queue"));
        assert_free(&semaphore, 1, "when a wait was cancelled and the permit is back");
        give_up(cancelled);
        assert_free(&semaphore, 1, "when the cancelled future is dropped, too");
    });
}

#[test]
fn the_signal_is_polled_with_the_callers_waker() {
    check(|| {
        let semaphore = Semaphore::new(0);
        let signals_waker = Mutex::new(None::<Waker>);
        let signal = poll_fn(|cx: &mut Context<'_>| {
            *signals_waker.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        let mut waiter = wait_until(&semaphore, signal);
        for when in ["the first poll", "a poll by another task"] {
            let waker = signals_waker.lock().unwrap().take();
            let waker = waker.unwrap_or_else(|| panic!("at {when}, the signal is not polled"));
            let before = waiter.wakes();
            waker.wake();
            assert!(
                waiter.wakes() > before,
                "at {when}, the signal gets a waker that does not wake the caller"
            );
            let pending = waiter.poll_with_new_waker().is_pending();
            assert!(pending, "`acquire_until` is ready without a permit or a signal");
        }
    });
}

#[test]
fn a_completed_signal_is_not_polled_again() {
    check(|| {
        let semaphore = Semaphore::new(0);
        let polls = Cell::new(0);
        let signal = poll_fn(|_| {
            polls.set(polls.get() + 1);
            if polls.get() < 3 { Poll::Pending } else { Poll::Ready(()) }
        });
        let mut waiter = wait_until(&semaphore, signal);
        // An answer may look at the signal more than once in a poll.
        let ended = (0..3).any(|_| waiter.poll().is_ready());
        assert!(ended, "the signal is there, and `acquire_until` goes on waiting");
        assert!(polls.get() == 3, "the signal is polled again after it has completed");
    });
}

#[test]
fn the_signal_may_use_the_semaphore() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let held = Cell::new(Some(take(&semaphore)));
        let asks = || {
            let _doing = doing("polling a signal that uses the semaphore itself");
            let tried = semaphore.try_acquire();
            assert!(tried.is_none(), "a signal's `try_acquire` gets a permit that is not there");
            assert_free(&semaphore, 0, "inside a signal's poll");
            give_up(wait(&semaphore));
        };
        let signal = poll_fn(|_| {
            asks();
            Poll::<()>::Pending
        });
        give_up(wait_until(&semaphore, signal));

        // A permit that comes back while the signal is polled: both outcomes are right.
        for completes in [false, true] {
            let signal = poll_fn(|_| {
                let _doing = doing("polling a signal that drops a permit");
                drop(held.take());
                if completes { Poll::Ready(()) } else { Poll::Pending }
            });
            let mut waiter = Polling::new(semaphore.acquire_until(signal));
            let permit = match waiter.poll() {
                Poll::Ready(Ok(permit)) => permit,
                Poll::Ready(Err(Cancelled)) => take(&semaphore),
                Poll::Pending => match ready(&mut waiter, "a waiter whose signal drops a permit") {
                    Ok(permit) => permit,
                    Err(Cancelled) => take(&semaphore),
                },
            };
            drop(waiter);
            assert_free(&semaphore, 0, "when a permit came back during a signal's poll");
            held.set(Some(permit));
        }
        drop(held.take());
        assert_free(&semaphore, 1, "when all is back");
    });
}

#[test]
fn a_panicking_signal_loses_nothing() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let permit = take(&semaphore);
        let polls = Cell::new(0);
        let signal = poll_fn(|_| {
            polls.set(polls.get() + 1);
            if polls.get() > 1 {
                panic!("the signal panics, as it should");
            }
            Poll::<()>::Pending
        });
        let mut panicking = wait_until(&semaphore, signal);
        let mut next = wait(&semaphore);
        let _doing = doing("polling a signal that panics");
        assert!(panics(|| drop(panicking.poll())), "the panic of a signal does not come through");
        give_up(panicking);
        give_back(permit);
        give_back(ready(&mut next, "the waiter behind one whose signal panicked"));
        assert_free(&semaphore, 1, "when a signal has panicked and the permit is back");
    });
}

/// Uses the semaphore while it is being woken.
struct Meddler {
    semaphore: &'static Semaphore,
    woken: Mutex<usize>,
    /// What it got hold of: to drop a permit here is not asked of an answer.
    kept: Mutex<Vec<Box<dyn Send>>>,
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let _doing = doing("waking a task whose waker uses the semaphore itself");
        let tried = self.semaphore.try_acquire();
        let counted = self.semaphore.available_permits();
        let mut acquire = Box::pin(self.semaphore.acquire());
        let polled = acquire.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        *self.woken.lock().unwrap() += 1;
        let mut kept = self.kept.lock().unwrap();
        kept.push(Box::new(counted));
        kept.extend(tried.map(|permit| Box::new(permit) as Box<dyn Send>));
        if let Poll::Ready(permit) = polled {
            kept.push(Box::new(permit));
        }
        // Left in the queue: its future is leaked with its place, behind all others.
        std::mem::forget(acquire);
    }
}

#[test]
fn a_waker_may_use_the_semaphore() {
    check(|| {
        let meddler = |semaphore| {
            let kept = Mutex::new(Vec::new());
            Arc::new(Meddler { semaphore, woken: Mutex::new(0), kept })
        };
        // Woken by a permit that comes back.
        let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(1)));
        let permit = take(semaphore);
        let task = meddler(semaphore);
        let waker = Waker::from(task.clone());
        let mut waiter = Polling::new(semaphore.acquire());
        assert!(waiter.poll_with(&waker).is_pending());
        give_back(permit);
        assert!(
            *task.woken.lock().unwrap() > 0,
            "the waiter has a permit coming, and is not woken"
        );
        assert!(waiter.poll().is_ready(), "the waiter was woken for a permit, and does not get it");

        // Woken by one who was chosen, and gives up.
        let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(1)));
        let permit = take(semaphore);
        let first = wait(semaphore);
        let task = meddler(semaphore);
        let waker = Waker::from(task.clone());
        let mut second = Polling::new(semaphore.acquire());
        assert!(second.poll_with(&waker).is_pending(), "`acquire` is ready, and no permit is free");
        give_back(permit);
        give_up(first);
        assert!(*task.woken.lock().unwrap() > 0, "the next in the queue is not woken");
        assert!(second.poll().is_ready(), "the next in the queue was woken, and gets no permit");
    });
}

#[test]
fn a_permit_dropped_by_a_panic_is_returned() {
    check(|| {
        let semaphore = Semaphore::new(1);
        panics(|| {
            let _permit = take(&semaphore);
            panic!("the holder panics, as it should");
        });
        assert_free(&semaphore, 1, "when a panic has dropped the permit");
        let permit = take(&semaphore);
        let mut waiter = wait(&semaphore);
        panics(move || {
            let _permit = permit;
            panic!("the holder panics, as it should");
        });
        give_back(ready(&mut waiter, "a waiter whose permit comes from a panic"));
        assert_free(&semaphore, 1, "when two panics have dropped the permit");
    });
}

#[test]
fn permits_and_futures_are_send() {
    check(|| {
        let semaphore = Semaphore::new(1);
        assert_send!(semaphore.acquire(), "the future of `acquire`");
        assert_send!(
            semaphore.acquire_until(future::pending::<()>()),
            "the future of `acquire_until`"
        );
        assert_send!(take(&semaphore), "`Permit`");
    });
}

#[test]
fn tokio_tasks_share_the_permits() {
    // The clock is moved by hand, and the futures need not be `Send`: neither is the
    // matter of this check.
    check_async(|| async {
        const SECOND: Duration = Duration::from_secs(1);
        let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(2)));
        let at_rest = || async {
            for _ in 0..20 {
                yield_now().await;
            }
        };
        let turns = async {
            let _doing = doing("six tasks share two permits");
            let doors: Vec<_> = (0..6).map(|_| Rc::new(Notify::new())).collect();
            let holders = Rc::new(Cell::new(0));
            let mut tasks = JoinSet::new();
            for door in &doors {
                let (door, holders) = (door.clone(), holders.clone());
                tasks.spawn_local(async move {
                    let _permit = semaphore.acquire().await;
                    holders.set(holders.get() + 1);
                    door.notified().await;
                    holders.set(holders.get() - 1);
                });
            }
            for (at, door) in doors.iter().enumerate() {
                at_rest().await;
                let (expected, now) = (2.min(doors.len() - at), holders.get());
                assert!(
                    now == expected,
                    "{expected} tasks should hold a permit of two, and {now} do"
                );
                door.notify_one();
            }
            while tasks.join_next().await.is_some() {}

            let _doing = doing("a task waits for a permit, for a second at most");
            let permit = semaphore.acquire().await;
            let _other = semaphore.acquire().await;
            tasks.spawn_local(advance(SECOND));
            let late = semaphore.acquire_until(sleep(SECOND)).await;
            assert!(late.is_err(), "the time is up, and `acquire_until` does not say `Cancelled`");
            tasks.spawn_local(async move {
                at_rest().await;
                drop(permit);
            });
            let in_time = semaphore.acquire_until(sleep(SECOND)).await;
            assert!(in_time.is_ok(), "a permit came in time, and `acquire_until` has none");
        };
        LocalSet::new().run_until(turns).await;
    });
}

#[test]
fn an_unpolled_acquire_until_has_no_effect() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let never_polled = || Polling::new(semaphore.acquire_until(future::pending::<()>()));
        let first = never_polled();
        assert_free(&semaphore, 1, "with an `acquire_until` that nobody has polled");
        let permit = take(&semaphore);
        let mut made_first = never_polled();
        let mut waiter = wait(&semaphore);
        assert!(made_first.poll().is_pending(), "`acquire_until` is ready without a permit");
        give_up(first);
        give_up(never_polled());
        give_back(permit);
        assert!(
            made_first.poll().is_pending(),
            "its place goes by its call, not by its first poll"
        );
        give_back(ready(&mut waiter, "the one that was polled first"));
        give_up(made_first);
        give_up(never_polled());
        assert_free(&semaphore, 1, "when all have gone");
    });
}

#[test]
fn served_waiters_leave_no_memory() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let work = |count: usize| {
            for _ in 0..count {
                let permit = take(&semaphore);
                let mut first = wait(&semaphore);
                let mut second = wait_until(&semaphore, future::pending::<()>());
                give_back(permit);
                give_back(ready(&mut first, "the first in the queue"));
                drop(ready(&mut second, "the second in the queue"));
            }
        };
        work(2_000);
        let before = MEMORY.allocated();
        work(4_000);
        let grown = MEMORY.allocated().saturating_sub(before);
        assert!(
            grown < 4 << 10,
            "4,000 times somebody waited and was served: {} KiB stay behind",
            grown >> 10
        );
    });
}

#[test]
fn a_waiter_cancelled_with_a_promise_passes_it_on() {
    check(|| {
        let semaphore = Semaphore::new(1);
        let held = Cell::new(Some(take(&semaphore)));
        let signal = poll_fn(|_| match held.take() {
            permit @ Some(_) => {
                drop(permit);
                Poll::Ready(())
            }
            None => Poll::Pending,
        });
        let mut waiter = Polling::new(semaphore.acquire_until(async {
            // Behind the waiter, in front of the permit.
            signal.await;
        }));
        // The one behind joins while the signal is polled: so let a first signal wait.
        let permit = held.take();
        held.set(None);
        assert!(waiter.poll().is_pending(), "`acquire_until` is ready without a permit");
        let mut next = wait(&semaphore);
        held.set(permit);
        match waiter.poll() {
            Poll::Ready(Ok(permit)) => give_back(permit),
            Poll::Ready(Err(Cancelled)) => {}
            Poll::Pending => panic!("the signal is there, and `acquire_until` goes on waiting"),
        }
        give_back(ready(&mut next, "the next behind one who was cancelled when its permit came"));
        drop(waiter);
        assert_free(&semaphore, 1, "when all is back");
    });
}
