// One ticket, and two buyers.

use super::sync::{Arc, Mutex};
use super::thread;

struct Office {
    tickets: Mutex<i32>,
}

impl Office {
    fn buy(&self) -> bool {
        if *self.tickets.lock().unwrap() == 0 {
            return false;
        }
        *self.tickets.lock().unwrap() -= 1;
        true
    }
}

pub fn model() {
    let office = Arc::new(Office { tickets: Mutex::new(1) });
    let buyers = ["Ann", "Bob"].map(|name| {
        let office = Arc::clone(&office);
        thread::spawn(name, move || office.buy())
    });
    let sold = buyers.map(|buyer| buyer.join());
    assert!(sold != [true, true], "the only ticket was sold twice");
}
