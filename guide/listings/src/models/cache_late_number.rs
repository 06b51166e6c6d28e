use super::sync::atomic::{AtomicU32, Ordering::Relaxed};
use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
struct Door {
    clock: AtomicU32,
    last_opened: Mutex<u32>,
}

impl Door {
    fn open(&self) -> u32 {
        let now = 1 + self.clock.fetch_add(1, Relaxed);
        *self.last_opened.lock().unwrap() = now;
        now
    }
}

pub fn model() {
    let door = Arc::new(Door { clock: AtomicU32::new(0), last_opened: Mutex::new(0) });
    let other = {
        let door = door.clone();
        thread::spawn("other", move || door.open())
    };
    let last = door.open().max(other.join());
    let noted = *door.last_opened.lock().unwrap();
    assert!(noted == last, "the door was last opened at {last}, but {noted} is noted");
}
// ANCHOR_END: all
