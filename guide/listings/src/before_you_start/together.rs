// ANCHOR: all
use std::time::Duration;

use tokio::time::{Instant, sleep};

async fn ask() {
    sleep(Duration::from_secs(1)).await;
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    let (first, second) = (ask(), ask());
    first.await;
    second.await;
    println!("one after the other: {:?}", start.elapsed());

    let start = Instant::now();
    tokio::join!(ask(), ask());
    println!("together: {:?}", start.elapsed());
}
// ANCHOR_END: all
