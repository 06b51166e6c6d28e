use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Mailbox {
    letters: Mutex<u32>,
    arrived: Condvar,
}

impl Mailbox {
    fn put(&self) {
        *self.letters.lock().unwrap() += 1;
        self.arrived.notify_one();
    }

    // ANCHOR: all
    fn take(&self) {
        let mut letters = self.letters.lock().unwrap();
        if *letters == 0 {
            letters = self.arrived.wait(letters).unwrap();
        }
        assert!(*letters > 0, "the mailbox is empty");
        *letters -= 1;
    }
    // ANCHOR_END: all
}

pub fn model() {
    let mailbox = Arc::new(Mailbox { letters: Mutex::new(0), arrived: Condvar::new() });
    let first = {
        let mailbox = mailbox.clone();
        thread::spawn("first", move || mailbox.take())
    };
    let second = {
        let mailbox = mailbox.clone();
        thread::spawn("second", move || mailbox.take())
    };
    mailbox.put();
    mailbox.put();
    first.join();
    second.join();
}
