use std::time::Duration;

use tokio::time::{Instant, sleep};

// ANCHOR: all
async fn timed() -> u64 {
    let begun = Instant::now();
    sleep(Duration::from_secs(2)).await;
    begun.elapsed().as_secs()
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let call = timed();
    sleep(Duration::from_secs(5)).await;
    println!("{} seconds", call.await);
}
// ANCHOR_END: all
