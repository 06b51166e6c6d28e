use super::sync::{Arc, RwLock};
use super::thread;

// ANCHOR: all
#[derive(Default)]
struct Sign {
    price: RwLock<Option<u32>>,
}

impl Sign {
    fn ask_for_it(&self) {
        if self.price.read().unwrap().is_some() {
            return;
        }
        let answer = 5;
        *self.price.write().unwrap() = Some(answer);
    }

    fn set(&self, price: u32) {
        *self.price.write().unwrap() = Some(price);
    }
}

pub fn model() {
    let sign = Arc::new(Sign::default());
    let clerk = {
        let sign = sign.clone();
        thread::spawn("clerk", move || sign.ask_for_it())
    };
    sign.set(7);
    clerk.join();
    let price = sign.price.read().unwrap().unwrap_or_default();
    assert!(price == 7, "the price was set to 7, but the sign says {price}");
}
// ANCHOR_END: all
