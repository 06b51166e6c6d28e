use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Mailbox {
    letters: Mutex<u32>,
    arrived: Condvar,
}

impl Mailbox {
    // ANCHOR: all
    fn put(&self) {
        self.arrived.notify_one();
        *self.letters.lock().unwrap() += 1;
    }
    // ANCHOR_END: all

    fn take(&self) {
        let mut letters = self.letters.lock().unwrap();
        while *letters == 0 {
            letters = self.arrived.wait(letters).unwrap();
        }
        *letters -= 1;
    }
}

pub fn model() {
    let mailbox = Arc::new(Mailbox { letters: Mutex::new(0), arrived: Condvar::new() });
    let reader = {
        let mailbox = mailbox.clone();
        thread::spawn("reader", move || mailbox.take())
    };
    mailbox.put();
    reader.join();
}
