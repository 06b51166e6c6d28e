use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

// ANCHOR: all
async fn locks_each_access(balance: &Mutex<i32>, amount: i32) {
    if *balance.lock().await >= amount {
        ask_for_the_pin().await;
        *balance.lock().await -= amount;
    }
}

async fn keeps_the_guard(balance: &Mutex<i32>, amount: i32) {
    let mut balance = balance.lock().await;
    if *balance >= amount {
        ask_for_the_pin().await;
        *balance -= amount;
    }
}

async fn asks_first(balance: &Mutex<i32>, amount: i32) {
    ask_for_the_pin().await;
    let mut balance = balance.lock().await;
    if *balance >= amount {
        *balance -= amount;
    }
}
// ANCHOR_END: all

async fn ask_for_the_pin() {
    sleep(Duration::from_secs(5)).await;
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let balance = Mutex::new(100);
    tokio::join!(locks_each_access(&balance, 80), locks_each_access(&balance, 80));
    println!("locks each access: {}", balance.lock().await);

    let balance = Mutex::new(100);
    tokio::join!(keeps_the_guard(&balance, 80), keeps_the_guard(&balance, 80));
    println!("keeps the guard:   {}", balance.lock().await);

    let balance = Mutex::new(100);
    tokio::join!(asks_first(&balance, 80), asks_first(&balance, 80));
    println!("asks first:        {}", balance.lock().await);
}
