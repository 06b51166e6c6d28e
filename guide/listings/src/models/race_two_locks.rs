use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
struct Account {
    balance: Mutex<u32>,
}

impl Account {
    fn balance(&self) -> u32 {
        *self.balance.lock().unwrap()
    }

    fn deposit(&self, amount: u32) {
        let balance = self.balance();
        *self.balance.lock().unwrap() = balance + amount;
    }
}

pub fn model() {
    let account = Arc::new(Account { balance: Mutex::new(0) });
    let other = {
        let account = account.clone();
        thread::spawn("other", move || account.deposit(50))
    };
    account.deposit(100);
    other.join();
    let balance = account.balance();
    assert!(balance == 150, "150 were paid in, and the balance is {balance}");
}
// ANCHOR_END: all
