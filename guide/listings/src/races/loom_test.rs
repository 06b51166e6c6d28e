// ANCHOR: all
use std::sync::atomic::{AtomicUsize as Plain, Ordering};

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

fn main() {
    static RUNS: Plain = Plain::new(0);
    loom::model(|| {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let counter = Arc::new(AtomicUsize::new(0));
        let other = {
            let counter = counter.clone();
            thread::spawn(move || counter.fetch_add(1, Ordering::Relaxed))
        };
        counter.fetch_add(1, Ordering::Relaxed);
        other.join().unwrap();
        assert_eq!(counter.load(Ordering::Relaxed), 2);
    });
    println!("all {} interleavings pass", RUNS.load(Ordering::Relaxed));
}
// ANCHOR_END: all
