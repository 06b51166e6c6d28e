use super::sync::Arc;
use super::sync::atomic::{AtomicUsize, Ordering};
use super::thread;

// ANCHOR: all
fn increment(counter: &AtomicUsize) {
    let value = counter.load(Ordering::SeqCst);
    counter.store(value + 1, Ordering::SeqCst);
}

pub fn model() {
    let counter = Arc::new(AtomicUsize::new(0));
    let other = {
        let counter = counter.clone();
        thread::spawn("other", move || increment(&counter))
    };
    increment(&counter);
    other.join();
    let total = counter.load(Ordering::SeqCst);
    assert_eq!(total, 2, "one increment is lost");
}
// ANCHOR_END: all
