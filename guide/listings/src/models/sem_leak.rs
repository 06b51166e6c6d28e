use super::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
/// Keys that are lent, and one guest, who may be waiting for a key.
struct Desk {
    waiting: Mutex<bool>,
    promised: AtomicBool,
    keys: AtomicUsize,
}

fn give_back(desk: &Desk) {
    let mut waiting = desk.waiting.lock().unwrap();
    if *waiting {
        *waiting = false;
        desk.promised.store(true, Ordering::SeqCst);
    } else {
        desk.keys.fetch_add(1, Ordering::SeqCst);
    }
}

/// The guest leaves, with or without a promise.
fn leave(desk: &Desk) {
    if desk.promised.load(Ordering::SeqCst) {
        give_back(desk);
    } else {
        *desk.waiting.lock().unwrap() = false;
    }
}

pub fn model() {
    let waiting = Mutex::new(true);
    let (promised, keys) = (AtomicBool::new(false), AtomicUsize::new(0));
    let desk = Arc::new(Desk { waiting, promised, keys });
    let guest = {
        let desk = desk.clone();
        thread::spawn("guest", move || leave(&desk))
    };
    give_back(&desk);
    guest.join();
    let keys = desk.keys.load(Ordering::SeqCst);
    assert!(keys == 1, "nobody has the key, and it is not at the desk");
}
// ANCHOR_END: all
