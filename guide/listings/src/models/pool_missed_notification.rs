use super::sync::{Arc, Condvar, Mutex};
use super::thread;

// ANCHOR: all
#[derive(Default)]
struct Kitchen {
    orders: Mutex<Vec<char>>,
    bell: Condvar,
}

impl Kitchen {
    fn order(&self, dish: char) {
        self.orders.lock().unwrap().push(dish);
        self.bell.notify_one();
    }

    fn next_order(&self) -> char {
        loop {
            let next = self.orders.lock().unwrap().pop();
            if let Some(dish) = next {
                return dish;
            }
            let orders = self.orders.lock().unwrap();
            drop(self.bell.wait(orders).unwrap());
        }
    }
}

pub fn model() {
    let kitchen = Arc::new(Kitchen::default());
    let cook = thread::spawn("cook", {
        let kitchen = kitchen.clone();
        move || kitchen.next_order()
    });
    kitchen.order('s');
    cook.join();
}
// ANCHOR_END: all
