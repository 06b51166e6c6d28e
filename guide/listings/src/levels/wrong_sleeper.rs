// A shelf with room for one loaf, a baker, and two customers.

use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Shelf {
    loaf: Mutex<bool>,
    changed: Condvar,
}

impl Shelf {
    fn put(&self) {
        let mut loaf = self.loaf.lock().unwrap();
        while *loaf {
            loaf = self.changed.wait(loaf).unwrap();
        }
        *loaf = true;
        self.changed.notify_one();
    }

    fn take(&self) {
        let mut loaf = self.loaf.lock().unwrap();
        while !*loaf {
            loaf = self.changed.wait(loaf).unwrap();
        }
        *loaf = false;
        self.changed.notify_one();
    }
}

pub fn model() {
    let shelf = Arc::new(Shelf { loaf: Mutex::new(false), changed: Condvar::new() });
    let customers = ["Ann", "Bob"].map(|name| {
        let shelf = Arc::clone(&shelf);
        thread::spawn(name, move || shelf.take())
    });
    let baker = thread::spawn("baker", move || {
        shelf.put();
        shelf.put();
    });
    for customer in customers {
        customer.join();
    }
    baker.join();
}
