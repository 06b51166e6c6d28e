use super::sync::Arc;
use super::sync::atomic::{AtomicUsize, Ordering};
use super::thread;

// ANCHOR: all
fn take_ticket(tickets: &AtomicUsize) -> bool {
    let mut seen = tickets.load(Ordering::Relaxed);
    while seen > 0 {
        match tickets.compare_exchange(seen, seen - 1, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(now) => seen = now,
        }
    }
    false
}
// ANCHOR_END: all

pub fn model() {
    let tickets = Arc::new(AtomicUsize::new(1));
    let other = {
        let tickets = tickets.clone();
        thread::spawn("other", move || take_ticket(&tickets))
    };
    let taken = usize::from(take_ticket(&tickets)) + usize::from(other.join());
    assert!(taken == 1, "one ticket was left, and {taken} were taken");
    assert_eq!(tickets.load(Ordering::Relaxed), 0);
}
