use super::sync::Arc;
use super::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use super::thread;

// ANCHOR: all
pub fn model() {
    let price = Arc::new(AtomicU32::new(0));
    let ready = Arc::new(AtomicBool::new(false));
    let writer = {
        let (price, ready) = (price.clone(), ready.clone());
        thread::spawn("writer", move || {
            price.store(7, Ordering::Relaxed);
            ready.store(true, Ordering::Relaxed);
        })
    };
    if ready.load(Ordering::Relaxed) {
        let price = price.load(Ordering::Relaxed);
        assert!(price == 7, "ready, but the price is {price}");
    }
    writer.join();
}
// ANCHOR_END: all
