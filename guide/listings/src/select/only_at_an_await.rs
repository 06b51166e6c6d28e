use std::hint::black_box;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::timeout;

// ANCHOR: all
async fn add_up(numbers: u64) -> u64 {
    (0..numbers).fold(0, |sum, number| black_box(sum + number))
}

async fn add_up_politely(numbers: u64) -> u64 {
    let mut sum = 0;
    for number in 0..numbers {
        sum += number;
        if number % 1000 == 0 {
            yield_now().await;
        }
    }
    sum
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("{:?}", timeout(Duration::ZERO, add_up(1_000_000)).await);
    println!("{:?}", timeout(Duration::ZERO, add_up_politely(1_000_000)).await);
}
// ANCHOR_END: all
