use super::sync::Arc;
use super::sync::atomic::{AtomicI32, Ordering};
use super::thread;

// ANCHOR: all
fn book(free_seats: &AtomicI32) -> i32 {
    if free_seats.fetch_sub(1, Ordering::SeqCst) > 0 {
        return 1;
    }
    free_seats.fetch_add(1, Ordering::SeqCst);
    0
}

pub fn model() {
    let free_seats = Arc::new(AtomicI32::new(0));
    let other = thread::spawn("reader", {
        let free_seats = free_seats.clone();
        move || {
            let free = free_seats.load(Ordering::SeqCst);
            assert!(free >= 0, "a reader sees {free} free seats");
        }
    });
    book(&free_seats);
    other.join();
}
// ANCHOR_END: all
