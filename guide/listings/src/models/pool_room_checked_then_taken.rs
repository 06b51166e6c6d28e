use std::collections::VecDeque;

use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
const ROOM: usize = 2;

/// Adds a letter to the tray if it is not full.
fn add(tray: &Mutex<VecDeque<char>>, letter: char) {
    if tray.lock().unwrap().len() < ROOM {
        tray.lock().unwrap().push_back(letter);
    }
}

pub fn model() {
    let tray = Arc::new(Mutex::new(VecDeque::from(['a'])));
    let other = thread::spawn("other", {
        let tray = tray.clone();
        move || add(&tray, 'c')
    });
    add(&tray, 'b');
    other.join();
    let letters = tray.lock().unwrap().len();
    assert!(letters <= ROOM, "the tray has room for {ROOM} letters, and there are {letters}");
}
// ANCHOR_END: all
