// A customer waits for a parcel.

use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Parcel {
    delivered: Mutex<bool>,
    doorbell: Condvar,
}

impl Parcel {
    fn wait(&self) {
        if !self.is_delivered() {
            let delivered = self.delivered.lock().unwrap();
            drop(self.doorbell.wait(delivered).unwrap());
        }
    }

    fn is_delivered(&self) -> bool {
        *self.delivered.lock().unwrap()
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
