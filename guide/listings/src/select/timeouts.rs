// ANCHOR: all
use std::time::Duration;

use tokio::time::{sleep, timeout};

async fn answer(seconds: u64) -> &'static str {
    sleep(Duration::from_secs(seconds)).await;
    "the answer"
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let limit = Duration::from_secs(10);
    println!("{:?}", timeout(limit, answer(3)).await);
    println!("{:?}", timeout(limit, answer(30)).await);
    println!("{:?}", timeout(Duration::ZERO, async { "ready at once" }).await);
}
// ANCHOR_END: all
