// ANCHOR: all
use std::cell::Cell;
use std::time::Duration;

use tokio::time::sleep;

async fn withdraw(balance: &Cell<i32>, amount: i32) {
    if balance.get() >= amount {
        ask_for_the_pin().await; // Others run here.
        balance.set(balance.get() - amount);
    }
}

async fn ask_for_the_pin() {
    sleep(Duration::from_secs(5)).await;
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let balance = Cell::new(100);
    withdraw(&balance, 80).await;
    withdraw(&balance, 80).await;
    println!("one after the other: {}", balance.get());

    let balance = Cell::new(100);
    tokio::join!(withdraw(&balance, 80), withdraw(&balance, 80));
    println!("at the same time:    {}", balance.get());
}
// ANCHOR_END: all
