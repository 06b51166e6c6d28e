use super::sync::Arc;
use super::sync::atomic::{AtomicU32, Ordering};
use super::thread;

// ANCHOR: all
fn book(free_seats: &AtomicU32) -> u32 {
    if free_seats.load(Ordering::SeqCst) == 0 {
        return 0;
    }
    free_seats.fetch_sub(1, Ordering::SeqCst);
    1
}

pub fn model() {
    let free_seats = Arc::new(AtomicU32::new(1));
    let other = thread::spawn("other", {
        let free_seats = free_seats.clone();
        move || book(&free_seats)
    });
    let booked = book(&free_seats) + other.join();
    assert!(booked == 1, "one seat was free, but {booked} were booked");
}
// ANCHOR_END: all
