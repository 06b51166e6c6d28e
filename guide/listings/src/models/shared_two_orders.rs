use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
fn transfer(from: &Mutex<u32>, to: &Mutex<u32>) {
    let mut from = from.lock().unwrap();
    let mut to = to.lock().unwrap();
    *from -= 1;
    *to += 1;
}

pub fn model() {
    let alice = Arc::new(Mutex::new(5));
    let bob = Arc::new(Mutex::new(5));
    let other = {
        let (alice, bob) = (alice.clone(), bob.clone());
        thread::spawn("other", move || transfer(&bob, &alice))
    };
    transfer(&alice, &bob);
    other.join();
}
// ANCHOR_END: all
