// Two doors count the visitors, each in one step.

use super::sync::Arc;
use super::sync::atomic::{AtomicU32, Ordering::SeqCst};
use super::thread;

fn count_one(visitors: &AtomicU32) {
    visitors.fetch_add(1, SeqCst);
}

pub fn model() {
    let visitors = Arc::new(AtomicU32::new(0));
    let doors = ["north door", "south door"].map(|door| {
        let visitors = Arc::clone(&visitors);
        thread::spawn(door, move || count_one(&visitors))
    });
    for door in doors {
        door.join();
    }
    assert_eq!(visitors.load(SeqCst), 2, "a visitor was not counted");
}
