// A customer looks and begins to wait under one lock.

use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Parcel {
    here: Mutex<bool>,
    arrived: Condvar,
}

impl Parcel {
    fn wait(&self) {
        let mut here = self.here.lock().unwrap();
        while !*here {
            here = self.arrived.wait(here).unwrap();
        }
    }

    fn deliver(&self) {
        *self.here.lock().unwrap() = true;
        self.arrived.notify_one();
    }
}

pub fn model() {
    let parcel = Arc::new(Parcel { here: Mutex::new(false), arrived: Condvar::new() });
    let other = Arc::clone(&parcel);
    let customer = thread::spawn("customer", move || other.wait());
    let other = Arc::clone(&parcel);
    let courier = thread::spawn("courier", move || other.deliver());
    customer.join();
    courier.join();
}
