// A customer looks and begins to wait under one lock.

use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Parcel {
    delivered: Mutex<bool>,
    doorbell: Condvar,
}

impl Parcel {
    fn wait(&self) {
        let mut delivered = self.delivered.lock().unwrap();
        while !*delivered {
            delivered = self.doorbell.wait(delivered).unwrap();
        }
    }

    fn deliver(&self) {
        *self.delivered.lock().unwrap() = true;
        self.doorbell.notify_one();
    }
}

pub fn model() {
    let parcel = Arc::new(Parcel { delivered: Mutex::new(false), doorbell: Condvar::new() });
    let other = Arc::clone(&parcel);
    let customer = thread::spawn("customer", move || other.wait());
    let other = Arc::clone(&parcel);
    let courier = thread::spawn("courier", move || other.deliver());
    customer.join();
    courier.join();
}
