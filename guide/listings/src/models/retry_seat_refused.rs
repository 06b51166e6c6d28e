use super::sync::Arc;
use super::sync::atomic::{AtomicU32, Ordering};
use super::thread;

// ANCHOR: all
fn book(free_seats: &AtomicU32) -> u32 {
    let free = free_seats.load(Ordering::SeqCst);
    if free == 0 {
        return 0;
    }
    match free_seats.compare_exchange(free, free - 1, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => 1,
        Err(_) => 0,
    }
}

pub fn model() {
    let free_seats = Arc::new(AtomicU32::new(2));
    let other = thread::spawn("other", {
        let free_seats = free_seats.clone();
        move || book(&free_seats)
    });
    let booked = book(&free_seats) + other.join();
    assert!(booked == 2, "two seats were free for two customers, but only {booked} was booked");
}
// ANCHOR_END: all
