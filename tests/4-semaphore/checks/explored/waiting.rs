//! Tasks that wait while permits come back.

use std::pin::pin;
use std::task::Poll;

use explorer::sync::Arc;
use explorer::task::Task;
use explorer::{Meeting, note, thread};

use super::{ALL, MOST_PREEMPTIONS, acquire, drop_permit, explore};
use crate::instrumented::Semaphore;

#[test]
fn no_wakeup_is_lost() {
    let text = "one permit, two tasks: each acquires it and drops it";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || drop_permit(acquire(&semaphore))
        });
        drop_permit(acquire(&semaphore));
        other.join();
    });
}

#[test]
fn three_tasks_each_get_the_permit() {
    let text = "one permit, three tasks: each acquires it and drops it";
    explore(text, MOST_PREEMPTIONS, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let others = ["second task", "third task"].map(|name| {
            let semaphore = semaphore.clone();
            thread::spawn(name, move || drop_permit(acquire(&semaphore)))
        });
        drop_permit(acquire(&semaphore));
        for other in others {
            other.join();
        }
    });
}

#[test]
fn permits_returned_at_once_wake_as_many_waiters() {
    let text = "two tasks wait for two permits that are dropped one after the other; each task \
                keeps its permit until both have one";
    explore(text, Some(2), || {
        let semaphore = Arc::new(Semaphore::new(2));
        let permits = [acquire(&semaphore), acquire(&semaphore)];
        let both_have_one = Arc::new(Meeting::new(2));
        let tasks = ["second task", "third task"].map(|name| {
            let (semaphore, both_have_one) = (semaphore.clone(), both_have_one.clone());
            thread::spawn(name, move || {
                let permit = acquire(&semaphore);
                both_have_one.wait();
                drop_permit(permit);
            })
        });
        permits.into_iter().for_each(drop_permit);
        for task in tasks {
            task.join();
        }
    });
}

#[test]
fn a_waiter_moved_to_another_task_is_woken() {
    let text = "a task drops the only permit while another task polls a waiter that was polled \
                with another waker before";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let waiter = thread::spawn("waiting task", {
            let semaphore = semaphore.clone();
            move || {
                let mut acquire = pin!(semaphore.acquire());
                note("polls an acquire");
                if let Poll::Ready(permit) = Task::new().poll(acquire.as_mut()) {
                    return drop_permit(permit);
                }
                note("polls it again, with another waker");
                drop_permit(Task::new().block_on(acquire.as_mut()));
            }
        });
        drop_permit(permit);
        waiter.join();
    });
}

#[test]
fn nobody_overtakes_during_a_release() {
    let text = "a task drops the only permit while one waits for it and another tries to take it";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let task = Task::new();
        let mut waiter = Box::pin(semaphore.acquire());
        note("polls a second acquire");
        assert!(
            task.poll(waiter.as_mut()).is_pending(),
            "no permit is free, but `acquire` is ready"
        );
        let other = thread::spawn("newcomer", {
            let semaphore = semaphore.clone();
            move || {
                note("calls try_acquire");
                let tried = semaphore.try_acquire();
                assert!(tried.is_none(), "`try_acquire` takes the permit although another waits");
                let mut newcomer = Box::pin(semaphore.acquire());
                note("polls an acquire");
                let polled = Task::new().poll(newcomer.as_mut());
                assert!(polled.is_pending(), "`acquire` takes the permit although another waits");
                note("drops the acquire");
                drop(newcomer);
            }
        });
        drop_permit(permit);
        other.join();
        drop_permit(task.block_on(waiter.as_mut()));
    });
}

#[test]
fn two_waiters_that_join_at_once_both_wait() {
    let text = "the only permit is held; two tasks poll an acquire at the same time, each twice";
    explore(text, MOST_PREEMPTIONS, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = acquire(&semaphore);
        let others = ["second task", "third task"].map(|name| {
            let semaphore = semaphore.clone();
            thread::spawn(name, move || {
                let task = Task::new();
                let mut acquire = Box::pin(semaphore.acquire());
                for _ in 0..2 {
                    note("polls an acquire");
                    let pending = task.poll(acquire.as_mut()).is_pending();
                    assert!(pending, "the only permit is held, but another `acquire` is ready");
                }
                note("drops the acquire");
                drop(acquire);
            })
        });
        for other in others {
            other.join();
        }
        drop_permit(permit);
    });
}
