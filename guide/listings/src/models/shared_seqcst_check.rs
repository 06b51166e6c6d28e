use super::sync::Arc;
use super::sync::atomic::{AtomicUsize, Ordering};
use super::thread;

// ANCHOR: all
fn take_ticket(tickets: &AtomicUsize) -> bool {
    if tickets.load(Ordering::SeqCst) == 0 {
        return false;
    }
    tickets.fetch_sub(1, Ordering::SeqCst);
    true
}

pub fn model() {
    let tickets = Arc::new(AtomicUsize::new(1));
    let other = {
        let tickets = tickets.clone();
        thread::spawn("other", move || take_ticket(&tickets))
    };
    let taken = usize::from(take_ticket(&tickets)) + usize::from(other.join());
    assert!(taken == 1, "one ticket was left, and {taken} were taken");
}
// ANCHOR_END: all
