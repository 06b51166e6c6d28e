// ANCHOR: all
use std::sync::Mutex;
use std::thread;

fn main() {
    let accounts = Mutex::new([100, 0]);

    thread::scope(|scope| {
        let transfer = scope.spawn(|| {
            let mut accounts = accounts.lock().unwrap();
            accounts[0] -= 60;
            panic!("the connection to the bank is lost");
        });
        println!("the transfer panicked: {}", transfer.join().is_err());
    });

    match accounts.lock() {
        Ok(accounts) => println!("balances {accounts:?}"),
        Err(poisoned) => {
            let mut accounts = poisoned.into_inner();
            println!("poisoned, with the balances {accounts:?}");
            *accounts = [100, 0];
            println!("repaired: {accounts:?}");
        }
    }
    accounts.clear_poison();
    println!("lock() is Ok again: {}", accounts.lock().is_ok());
}
// ANCHOR_END: all
