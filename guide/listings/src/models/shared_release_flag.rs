use super::sync::Arc;
use super::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use super::thread;

pub fn model() {
    let price = Arc::new(AtomicU32::new(0));
    let ready = Arc::new(AtomicBool::new(false));
    let writer = {
        let (price, ready) = (price.clone(), ready.clone());
        thread::spawn("writer", move || {
            // ANCHOR: store
            price.store(7, Ordering::Relaxed);
            ready.store(true, Ordering::Release);
            // ANCHOR_END: store
        })
    };
    // ANCHOR: load
    if ready.load(Ordering::Acquire) {
        let price = price.load(Ordering::Relaxed);
        assert!(price == 7, "ready, but the price is {price}");
    }
    // ANCHOR_END: load
    writer.join();
}
