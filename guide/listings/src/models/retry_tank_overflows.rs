use super::sync::Arc;
use super::sync::atomic::{AtomicU32, Ordering};
use super::thread;

// ANCHOR: all
const FULL: u32 = 100;

fn fill(litres: &AtomicU32) {
    litres.fetch_add(30, Ordering::SeqCst);
    litres.fetch_min(FULL, Ordering::SeqCst);
}

pub fn model() {
    let litres = Arc::new(AtomicU32::new(90));
    let other = thread::spawn("reader", {
        let litres = litres.clone();
        move || {
            let seen = litres.load(Ordering::SeqCst);
            assert!(seen <= FULL, "the tank holds {FULL} litres, and shows {seen}");
        }
    });
    fill(&litres);
    other.join();
}
// ANCHOR_END: all
