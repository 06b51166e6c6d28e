// ANCHOR: all
use std::sync::atomic::AtomicUsize as Plain;

use shuttle::scheduler::RandomScheduler;
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::{Runner, thread};

fn increment(counter: &AtomicUsize) {
    let value = counter.load(Ordering::SeqCst);
    counter.store(value + 1, Ordering::SeqCst);
}

fn main() {
    static LOST: Plain = Plain::new(0);
    let seed = 7;
    let runner = Runner::new(RandomScheduler::new_from_seed(seed, 1000), Default::default());
    runner.run(|| {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = {
            let counter = counter.clone();
            thread::spawn(move || increment(&counter))
        };
        increment(&counter);
        other.join().unwrap();
        if counter.load(Ordering::SeqCst) != 2 {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    });
    println!("of 1000 schedules, {} lose an increment", LOST.load(Ordering::Relaxed));
}
// ANCHOR_END: all
