//! The semaphore on real threads: whatever the machine does, the permits add up.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use harness::{Polling, block_on, doing};
use semaphore::Semaphore;

use super::check;

const THREADS: usize = 4;
const ROUNDS: usize = 200;
const PERMITS: usize = 2;

/// Counts who is inside, and that they are no more than there are permits.
#[derive(Default)]
struct Inside(AtomicUsize);

impl Inside {
    fn visit(&self) {
        let now = self.0.fetch_add(1, SeqCst) + 1;
        assert!(now <= PERMITS, "{now} hold a permit at once, of {PERMITS}");
        thread::yield_now();
        self.0.fetch_sub(1, SeqCst);
    }
}

fn on_threads(work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || (0..ROUNDS).for_each(|round| work(thread + round)));
        }
    });
}

#[test]
fn permits_add_up_under_load() {
    check(|| {
        let _doing = doing("four threads acquire and give back");
        let semaphore = Semaphore::new(PERMITS);
        let inside = Inside::default();
        on_threads(|round| {
            let permit = match round % 3 {
                0 => semaphore.try_acquire(),
                1 => block_on(semaphore.acquire_until(std::future::pending::<()>())).ok(),
                _ => Some(block_on(semaphore.acquire())),
            };
            if let Some(_permit) = permit {
                inside.visit();
            }
        });
        let free = semaphore.available_permits();
        assert!(free == PERMITS, "after the load, {free} permits are free of {PERMITS}");
    });
}

#[test]
fn dropped_waiters_lose_no_permit_under_load() {
    check(|| {
        let _doing = doing("four threads acquire, and half of the waits are dropped");
        let semaphore = Semaphore::new(PERMITS);
        let inside = Inside::default();
        on_threads(|round| {
            if round % 2 == 0 {
                let mut acquire = Polling::new(semaphore.acquire());
                if acquire.poll().is_pending() {
                    thread::yield_now();
                }
                // Dropped, wherever it stands by now.
            } else {
                let _permit = block_on(semaphore.acquire());
                inside.visit();
            }
        });
        let free = semaphore.available_permits();
        assert!(free == PERMITS, "after the load, {free} permits are free of {PERMITS}");
    });
}
