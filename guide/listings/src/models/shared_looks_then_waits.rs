use super::sync::{Arc, Condvar, Mutex};
use super::thread;

// ANCHOR: all
struct Mailbox {
    letters: Mutex<u32>,
    arrived: Condvar,
}

impl Mailbox {
    fn put(&self) {
        *self.letters.lock().unwrap() += 1;
        self.arrived.notify_one();
    }

    fn take(&self) {
        let is_empty = *self.letters.lock().unwrap() == 0;
        if is_empty {
            let letters = self.letters.lock().unwrap();
            drop(self.arrived.wait(letters).unwrap());
        }
        *self.letters.lock().unwrap() -= 1;
    }
}
// ANCHOR_END: all

pub fn model() {
    let mailbox = Arc::new(Mailbox { letters: Mutex::new(0), arrived: Condvar::new() });
    let reader = {
        let mailbox = mailbox.clone();
        thread::spawn("reader", move || mailbox.take())
    };
    mailbox.put();
    reader.join();
}
