use super::sync::Arc;
use super::sync::atomic::{AtomicIsize, Ordering};
use super::thread;

// ANCHOR: all
/// Takes a seat, if one is free.
fn book(seats: &AtomicIsize) -> bool {
    if seats.load(Ordering::SeqCst) == 0 {
        return false;
    }
    seats.fetch_sub(1, Ordering::SeqCst);
    true
}

pub fn model() {
    let seats = Arc::new(AtomicIsize::new(1));
    let other = {
        let seats = seats.clone();
        thread::spawn("other", move || book(&seats))
    };
    book(&seats);
    other.join();
    assert!(seats.load(Ordering::SeqCst) >= 0, "one seat was booked twice");
}
// ANCHOR_END: all
