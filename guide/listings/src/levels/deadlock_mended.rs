// Two clerks move money between two accounts, and lock them in one order.

use super::sync::{Arc, Mutex};
use super::thread;

struct Bank {
    savings: Mutex<i32>,
    current: Mutex<i32>,
}

impl Bank {
    fn save(&self, amount: i32) {
        let mut current = self.current.lock().unwrap();
        let mut savings = self.savings.lock().unwrap();
        *current -= amount;
        *savings += amount;
    }

    fn withdraw(&self, amount: i32) {
        let mut current = self.current.lock().unwrap();
        let mut savings = self.savings.lock().unwrap();
        *savings -= amount;
        *current += amount;
    }
}

pub fn model() {
    let bank = Arc::new(Bank { savings: Mutex::new(50), current: Mutex::new(50) });
    let other = Arc::clone(&bank);
    let saver = thread::spawn("saver", move || other.save(10));
    let other = Arc::clone(&bank);
    let spender = thread::spawn("spender", move || other.withdraw(20));
    saver.join();
    spender.join();
}
