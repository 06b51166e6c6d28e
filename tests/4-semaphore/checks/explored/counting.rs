//! Permits that are taken and given back at the same time.

use std::pin::pin;
use std::task::Poll;

use explorer::sync::Arc;
use explorer::task::Task;
use explorer::{Gauge, note, thread};

use super::{ALL, acquire, assert_all_back, drop_permit, explore};
use crate::instrumented::Semaphore;

#[test]
fn a_permit_has_one_holder() {
    let text = "one permit, two tasks: each calls try_acquire and drops the permit that it gets";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let holders = Arc::new(Gauge::new());
        let work = |semaphore: &Semaphore, holders: &Gauge| {
            note("calls try_acquire");
            if let Some(permit) = semaphore.try_acquire() {
                note("has a permit");
                assert!(holders.enter() == 1, "two tasks hold the only permit at the same time");
                holders.leave();
                drop_permit(permit);
            }
        };
        let other = thread::spawn("other task", {
            let (semaphore, holders) = (semaphore.clone(), holders.clone());
            move || work(&semaphore, &holders)
        });
        work(&semaphore, &holders);
        other.join();
    });
}

#[test]
fn try_acquire_gives_none_when_there_is_none() {
    let text = "the only permit is held; two tasks call try_acquire";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let held = acquire(&semaphore);
        let work = |semaphore: &Semaphore| {
            note("calls try_acquire");
            let permit = semaphore.try_acquire();
            assert!(permit.is_none(), "the only permit is held, but `try_acquire` returns one");
        };
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || work(&semaphore)
        });
        work(&semaphore);
        other.join();
        drop_permit(held);
    });
}

#[test]
fn try_acquire_does_not_fail_under_contention() {
    let text = "two permits, two tasks: one calls try_acquire, the other twice, and each drops its \
                permit before it goes on; so a permit is always free for each";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let work = |semaphore: &Semaphore| {
            note("calls try_acquire");
            match semaphore.try_acquire() {
                Some(permit) => drop_permit(permit),
                None => panic!("a permit is free for each task, but `try_acquire` returns `None`"),
            }
        };
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || {
                work(&semaphore);
                work(&semaphore);
            }
        });
        work(&semaphore);
        other.join();
    });
}

#[test]
fn try_acquire_finds_a_permit_beside_one_who_joins() {
    let text = "two permits, both held: a task acquires, while another drops both and then calls \
                try_acquire; so a permit is free for each";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let (first, second) = (acquire(&semaphore), acquire(&semaphore));
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || drop_permit(acquire(&semaphore))
        });
        drop_permit(first);
        drop_permit(second);
        note("calls try_acquire");
        match semaphore.try_acquire() {
            Some(permit) => drop_permit(permit),
            None => panic!("a permit is free for each task, but `try_acquire` returns `None`"),
        }
        other.join();
    });
}

#[test]
fn a_first_poll_does_not_wait_under_contention() {
    let text = "two permits, two tasks: each polls an acquire, and a permit is free for each";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let work = |semaphore: &Semaphore| {
            let mut acquire = pin!(semaphore.acquire());
            note("polls an acquire");
            match Task::new().poll(acquire.as_mut()) {
                Poll::Ready(permit) => drop_permit(permit),
                Poll::Pending => panic!("a permit is free for each task, but `acquire` is pending"),
            }
        };
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || work(&semaphore)
        });
        work(&semaphore);
        other.join();
    });
}

#[test]
fn permits_dropped_at_once_are_all_returned() {
    let text = "two permits, two tasks: each acquires one and drops it";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let other = thread::spawn("other task", {
            let semaphore = semaphore.clone();
            move || drop_permit(acquire(&semaphore))
        });
        drop_permit(acquire(&semaphore));
        other.join();
        assert_all_back(&semaphore, 2);
    });
}

#[test]
fn available_permits_never_exceeds_the_total() {
    let text =
        "one permit: a task acquires and drops it twice, and another calls available_permits";
    explore(text, ALL, || {
        let semaphore = Arc::new(Semaphore::new(1));
        let other = thread::spawn("task that counts", {
            let semaphore = semaphore.clone();
            move || {
                note("calls available_permits");
                let counted = semaphore.available_permits();
                assert!(counted <= 1, "there is one permit, but `available_permits` is {counted}");
            }
        });
        for _ in 0..2 {
            drop_permit(acquire(&semaphore));
        }
        other.join();
    });
}
