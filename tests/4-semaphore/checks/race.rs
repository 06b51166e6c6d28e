//! The semaphore on real threads: under any schedule, the permits add up.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use harness::{Polling, block_on, doing};
use semaphore::Semaphore;

use super::check;

const THREADS: usize = 4;
const ROUNDS: usize = 200;
const PERMITS: usize = 2;

/// Counts the holders of permits, and fails if they are more than there are permits.
#[derive(Default)]
struct Holders(AtomicUsize);

impl Holders {
    fn hold(&self) {
        let now = self.0.fetch_add(1, SeqCst) + 1;
        assert!(now <= PERMITS, "{now} permits of {PERMITS} are held at the same time");
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

fn assert_all_back(semaphore: &Semaphore) {
    let free = semaphore.available_permits();
    assert!(
        free == PERMITS,
        "at the end no permit is held, but `available_permits` is {free} and not {PERMITS}"
    );
}

#[test]
fn permits_add_up_under_load() {
    check(|| {
        let _doing = doing("running four threads that acquire and drop permits");
        let semaphore = Semaphore::new(PERMITS);
        let holders = Holders::default();
        on_threads(|round| {
            let permit = match round % 3 {
                0 => semaphore.try_acquire(),
                1 => block_on(semaphore.acquire_until(std::future::pending::<()>())).ok(),
                _ => Some(block_on(semaphore.acquire())),
            };
            if let Some(_permit) = permit {
                holders.hold();
            }
        });
        assert_all_back(&semaphore);
    });
}

#[test]
fn dropped_waiters_lose_no_permit_under_load() {
    check(|| {
        let _doing =
            doing("running four threads that acquire permits and drop half of the waiters");
        let semaphore = Semaphore::new(PERMITS);
        let holders = Holders::default();
        on_threads(|round| {
            if round % 2 == 0 {
                let mut acquire = Polling::new(semaphore.acquire());
                if acquire.poll().is_pending() {
                    thread::yield_now();
                }
                // Dropped whether or not it was promised a permit meanwhile.
            } else {
                let _permit = block_on(semaphore.acquire());
                holders.hold();
            }
        });
        assert_all_back(&semaphore);
    });
}
