// A customer waits for a parcel.

use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Parcel {
    here: Mutex<bool>,
    arrived: Condvar,
}

impl Parcel {
    fn wait(&self) {
        if !self.is_here() {
            let here = self.here.lock().unwrap();
            drop(self.arrived.wait(here).unwrap());
        }
    }

    fn is_here(&self) -> bool {
        *self.here.lock().unwrap()
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
