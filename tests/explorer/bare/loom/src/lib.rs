//! The semaphore's solution on loom alone, with the minimum that runs its futures. The explorer's
//! overhead is measured against it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

mod sync {
    pub use loom::sync::{Mutex, MutexGuard};
    pub use std::sync::PoisonError;
}
// The models use only a part of it.
#[allow(dead_code)]
#[path = "../../../../../solutions/4-semaphore/src/semaphore.rs"]
mod semaphore;

pub use semaphore::Semaphore;

struct Sleeper {
    woken: loom::sync::Mutex<bool>,
    alarm: loom::sync::Condvar,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().expect("loom does not poison") = true;
        self.alarm.notify_one();
    }
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let woken = loom::sync::Mutex::new(false);
    let sleeper = Arc::new(Sleeper { woken, alarm: loom::sync::Condvar::new() });
    let waker = Waker::from(sleeper.clone());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut woken = sleeper.woken.lock().expect("loom does not poison");
        while !*woken {
            woken = sleeper.alarm.wait(woken).expect("loom does not poison");
        }
        *woken = false;
    }
}

/// This many threads, the first one included, take turns with one permit. Returns the number of
/// interleavings.
pub fn take_turns(threads: usize, preemptions: Option<usize>) -> usize {
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = count.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 2_000;
    builder.check(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let semaphore = loom::sync::Arc::new(Semaphore::new(1));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let semaphore = semaphore.clone();
                loom::thread::spawn(move || drop(block_on(semaphore.acquire())))
            })
            .collect();
        drop(block_on(semaphore.acquire()));
        for other in others {
            other.join().expect("loom ends a model whose thread panics");
        }
    });
    count.load(std::sync::atomic::Ordering::Relaxed)
}
