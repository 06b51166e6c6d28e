use super::sync::atomic::{AtomicBool, Ordering};
use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
#[derive(Default)]
struct Letterbox {
    closed: AtomicBool,
    letters: Mutex<Vec<char>>,
}

impl Letterbox {
    fn post(&self, letter: char) {
        if !self.closed.load(Ordering::SeqCst) {
            self.letters.lock().unwrap().push(letter);
        }
    }

    fn close_and_empty(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.letters.lock().unwrap().clear();
    }
}

pub fn model() {
    let letterbox = Arc::new(Letterbox::default());
    let caller = thread::spawn("caller", {
        let letterbox = letterbox.clone();
        move || letterbox.post('a')
    });
    letterbox.close_and_empty();
    caller.join();
    let left = letterbox.letters.lock().unwrap().len();
    assert!(left == 0, "the box is closed and was emptied, and has a letter in it");
}
// ANCHOR_END: all
