use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
struct Account {
    balance: Mutex<i32>,
}

impl Account {
    fn withdraw(&self, amount: i32) -> bool {
        if *self.balance.lock().unwrap() < amount {
            return false;
        }
        *self.balance.lock().unwrap() -= amount;
        true
    }
}

pub fn model() {
    let account = Arc::new(Account { balance: Mutex::new(100) });
    let other = {
        let account = account.clone();
        thread::spawn("other", move || account.withdraw(80))
    };
    account.withdraw(80);
    other.join();
    let balance = *account.balance.lock().unwrap();
    assert!(balance >= 0, "the balance is {balance}");
}
// ANCHOR_END: all
