use super::sync::{Arc, Mutex};
use super::thread;

// ANCHOR: all
struct Account {
    number: u32,
    balance: Mutex<u32>,
}

fn transfer(from: &Account, to: &Account) {
    // Whoever locks two accounts locks the one with the smaller number first.
    let (mut from, mut to) = if from.number < to.number {
        let from = from.balance.lock().unwrap();
        (from, to.balance.lock().unwrap())
    } else {
        let to = to.balance.lock().unwrap();
        (from.balance.lock().unwrap(), to)
    };
    *from -= 1;
    *to += 1;
}
// ANCHOR_END: all

pub fn model() {
    let account = |number| Arc::new(Account { number, balance: Mutex::new(5) });
    let (alice, bob) = (account(1), account(2));
    let other = {
        let (alice, bob) = (alice.clone(), bob.clone());
        thread::spawn("other", move || transfer(&bob, &alice))
    };
    transfer(&alice, &bob);
    other.join();
    assert_eq!(*alice.balance.lock().unwrap(), 5);
}
