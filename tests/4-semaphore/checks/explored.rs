//! The semaphore under every interleaving of a small model.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use explorer::sync::Arc;
use explorer::sync::atomic::{AtomicBool, Ordering};
use explorer::task::{Task, block_on};
use explorer::{Data, Gauge, Meeting, note, thread};
use harness::Allowed::Std;
use harness::{Scenario, check_explored};

use super::ANSWER;
use crate::explored::{Cancelled, Permit, Semaphore};

/// All interleavings: of models with two threads.
const ALL: Option<usize> = None;
/// Of models with three threads.
const MOST_PREEMPTIONS: Option<usize> = Some(3);

fn acquire(semaphore: &Semaphore) -> Permit<'_> {
    note("calls acquire");
    let permit = block_on(semaphore.acquire());
    note("has a permit");
    permit
}

fn give_back(permit: Permit<'_>) {
    note("drops its permit");
    drop(permit);
}

/// Waits in the queue for as long as one poll, and then gives up. If the permit was
/// there, it is given back.
fn give_up(semaphore: &Semaphore) {
    let task = Task::new();
    let mut acquire = Box::pin(semaphore.acquire());
    note("polls an acquire");
    if let Poll::Ready(permit) = task.poll(acquire.as_mut()) {
        give_back(permit);
    }
    note("drops the acquire");
    drop(acquire);
}

#[track_caller]
fn assert_all_back(semaphore: &Semaphore, permits: usize) {
    let free = semaphore.available_permits();
    assert!(free == permits, "in the end {free} permits are free of {permits}");
}

#[test]
fn no_wakeup_is_lost() {
    let text = "one permit, two tasks: each acquires it and gives it back";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || give_back(acquire(&semaphore))
        });
        give_back(acquire(&semaphore));
        other.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn three_tasks_each_get_the_permit() {
    let text = "one permit, three tasks: each acquires it and gives it back";
    check_explored(ANSWER, Std, Scenario { text, preemptions: MOST_PREEMPTIONS }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let others = ["second task", "third task"].map(|name| {
            let semaphore = semaphore.clone();
            thread::spawn(name, move || give_back(acquire(&semaphore)))
        });
        give_back(acquire(&semaphore));
        for other in others {
            other.join();
        }
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn a_permit_has_one_holder() {
    let text = "one permit, two tasks: each tries for it, and gives it back if it has it";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let holders = Arc::new(Gauge::new());
        let work = |semaphore: &Semaphore, holders: &Gauge| {
            note("calls try_acquire");
            if let Some(permit) = semaphore.try_acquire() {
                note("has a permit");
                assert!(holders.enter() == 1, "two tasks hold the one permit at once");
                holders.leave();
                give_back(permit);
            }
        };
        let other = thread::spawn("other task", {
            let (semaphore, holders) = (semaphore.clone(), holders.clone());
            move || work(&semaphore, &holders)
        });
        work(&semaphore, &holders);
        other.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn try_acquire_gives_none_when_there_is_none() {
    let text = "no permits, two tasks: each calls try_acquire";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let take = |semaphore: &Semaphore| {
            note("calls try_acquire");
            let permit = semaphore.try_acquire();
            assert!(permit.is_none(), "`try_acquire` gives a permit, and there has never been one");
        };
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || take(&semaphore)
        });
        take(&semaphore);
        other.join();
        assert_all_back(&semaphore, 0);
    });
}

#[test]
fn try_acquire_does_not_fail_under_contention() {
    let text =
        "two permits, two tasks: each calls try_acquire, one of them twice; there is one for each";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let take = |semaphore: &Semaphore| {
            note("calls try_acquire");
            let permit = semaphore.try_acquire();
            assert!(
                permit.is_some(),
                "`try_acquire` gives `None` although a permit is free for each who asks"
            );
            permit.into_iter().for_each(give_back);
        };
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || {
                take(&semaphore);
                take(&semaphore);
            }
        });
        take(&semaphore);
        other.join();
        assert_all_back(&semaphore, 2);
    });
}

#[test]
fn writes_are_visible_to_the_next_holder() {
    let text = "one permit, two tasks: each writes the same data while it holds the permit";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let data = Arc::new(Data::new());
        let work = |semaphore: &Semaphore, data: &Data| {
            let task = Task::new();
            let mut acquire = pin!(semaphore.acquire());
            note("polls an acquire");
            // Not woken in between: the permit itself has to bring the data along.
            let permit = match task.poll(acquire.as_mut()) {
                Poll::Ready(permit) => permit,
                Poll::Pending => task.block_on(acquire.as_mut()),
            };
            note("has a permit, and writes");
            data.write();
            give_back(permit);
        };
        let other = thread::spawn("other task", {
            let (semaphore, data) = (semaphore.clone(), data.clone());
            move || work(&semaphore, &data)
        });
        work(&semaphore, &data);
        other.join();
        data.read();
    });
}

#[test]
fn a_waiter_moved_to_another_task_is_woken() {
    let text = "a task gives its permit back while another task takes over a wait for it";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let waiter = thread::spawn("the waiter", {
            let semaphore = semaphore.clone();
            move || {
                let mut acquire = pin!(semaphore.acquire());
                note("polls an acquire");
                if let Poll::Ready(permit) = Task::new().poll(acquire.as_mut()) {
                    return give_back(permit);
                }
                note("polls it again, with another waker");
                give_back(Task::new().block_on(acquire.as_mut()));
            }
        });
        give_back(permit);
        waiter.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn a_dropped_waiter_loses_no_permit() {
    let text = "a task gives its permit back while another waits for it, and gives up";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let other = thread::spawn("one who gives up", {
            let semaphore = semaphore.clone();
            move || give_up(&semaphore)
        });
        give_back(permit);
        other.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn a_dropped_waiter_passes_its_permit_on() {
    let text = "a task gives its permit back; one who waits for it gives up, and one stays";
    check_explored(ANSWER, Std, Scenario { text, preemptions: MOST_PREEMPTIONS }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let gives_up = thread::spawn("one who gives up", {
            let semaphore = semaphore.clone();
            move || give_up(&semaphore)
        });
        let stays = thread::spawn("one who stays", {
            let semaphore = semaphore.clone();
            move || give_back(acquire(&semaphore))
        });
        give_back(permit);
        gives_up.join();
        stays.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn permits_dropped_at_once_are_all_returned() {
    let text = "two permits, two tasks: each holds one, and gives it back";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || give_back(acquire(&semaphore))
        });
        give_back(acquire(&semaphore));
        other.join();
        assert_all_back(&semaphore, 2);
    });
}

#[test]
fn permits_returned_at_once_wake_as_many_waiters() {
    let text =
        "two permits come back while two tasks wait, and each keeps its own until both have one";
    check_explored(ANSWER, Std, Scenario { text, preemptions: Some(2) }, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let permits = [acquire(&semaphore), acquire(&semaphore)];
        let both_have_one = Arc::new(Meeting::new(2));
        let tasks = ["second task", "third task"].map(|name| {
            let (semaphore, both_have_one) = (semaphore.clone(), both_have_one.clone());
            thread::spawn(name, move || {
                let permit = acquire(&semaphore);
                // Neither waits for what the other gives back.
                both_have_one.wait();
                give_back(permit);
            })
        });
        permits.into_iter().for_each(give_back);
        for task in tasks {
            task.join();
        }
        assert_all_back(&semaphore, 2);
    });
}

#[test]
fn a_signal_that_meets_a_permit_loses_nothing() {
    let text = "a task gives its permit back, and then a signal to the one who waits for it";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let signal = Arc::new(AtomicBool::new(false));
        let permit = acquire(&semaphore);
        let waiter = thread::spawn("the waiter", {
            let (semaphore, signal) = (semaphore.clone(), signal.clone());
            move || {
                let cancelled = poll_fn(|_| match signal.load(Ordering::Acquire) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                });
                let task = Task::new();
                let mut acquire = pin!(semaphore.acquire_until(cancelled));
                note("calls acquire_until");
                match task.block_on(acquire.as_mut()) {
                    Ok(permit) => give_back(permit),
                    Err(Cancelled) => note("was cancelled"),
                }
            }
        });
        give_back(permit);
        note("gives the signal");
        signal.store(true, Ordering::Release);
        waiter.join();
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn a_first_poll_does_not_wait_under_contention() {
    let text = "two permits, two tasks: each polls an acquire, and there is a permit for each";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let take = |semaphore: &Semaphore| {
            let mut acquire = pin!(semaphore.acquire());
            note("polls an acquire");
            match Task::new().poll(acquire.as_mut()) {
                Poll::Ready(permit) => give_back(permit),
                Poll::Pending => panic!("`acquire` waits although a permit is free for each"),
            }
        };
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || take(&semaphore)
        });
        take(&semaphore);
        other.join();
        assert_all_back(&semaphore, 2);
    });
}

#[test]
fn nobody_overtakes_during_a_release() {
    let text = "a task gives its permit back while one waits for it, and another tries for it";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let task = Task::new();
        let mut waiter = pin!(semaphore.acquire());
        note("polls a second acquire");
        assert!(
            task.poll(waiter.as_mut()).is_pending(),
            "`acquire` is ready, and no permit is free"
        );
        let other = thread::spawn("one who tries", {
            let semaphore = semaphore.clone();
            move || {
                note("calls try_acquire");
                let tried = semaphore.try_acquire();
                assert!(tried.is_none(), "`try_acquire` overtakes one who waits");
                let mut newcomer = pin!(semaphore.acquire());
                note("polls an acquire");
                let polled = Task::new().poll(newcomer.as_mut());
                assert!(polled.is_pending(), "an `acquire` overtakes one who waits");
            }
        });
        give_back(permit);
        other.join();
        give_back(task.block_on(waiter.as_mut()));
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn two_waiters_that_join_at_once_both_wait() {
    let text = "the permit is held; two tasks join the queue at once, and each is polled again";
    check_explored(ANSWER, Std, Scenario { text, preemptions: MOST_PREEMPTIONS }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let others = ["second task", "third task"].map(|name| {
            let semaphore = semaphore.clone();
            thread::spawn(name, move || {
                let task = Task::new();
                let mut acquire = pin!(semaphore.acquire());
                for _ in 0..2 {
                    note("polls an acquire");
                    let pending = task.poll(acquire.as_mut()).is_pending();
                    assert!(pending, "`acquire` is ready although the one permit is held");
                }
            })
        });
        for other in others {
            other.join();
        }
        assert_all_back(&semaphore, 0);
        give_back(permit);
        assert_all_back(&semaphore, 1);
    });
}

#[test]
fn writes_are_visible_to_try_acquire() {
    let text = "one permit, two tasks: each tries for it, and writes the same data if it has it";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let data = Arc::new(Data::new());
        let work = |semaphore: &Semaphore, data: &Data| {
            note("calls try_acquire");
            if let Some(permit) = semaphore.try_acquire() {
                note("has a permit, and writes");
                data.write();
                give_back(permit);
            }
        };
        let other = thread::spawn("other task", {
            let (semaphore, data) = (semaphore.clone(), data.clone());
            move || work(&semaphore, &data)
        });
        work(&semaphore, &data);
        other.join();
        data.read();
    });
}

#[test]
fn available_permits_never_exceeds_the_total() {
    let text = "one permit: a task takes it and gives it back, twice, and another counts";
    check_explored(ANSWER, Std, Scenario { text, preemptions: ALL }, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let other = thread::spawn("one who counts", {
            let semaphore = semaphore.clone();
            move || {
                note("counts the free permits");
                let counted = semaphore.available_permits();
                assert!(counted <= 1, "{counted} are counted of one");
            }
        });
        for _ in 0..2 {
            give_back(acquire(&semaphore));
        }
        other.join();
        assert_all_back(&semaphore, 1);
    });
}
