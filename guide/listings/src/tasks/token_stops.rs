// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Counts seconds until it is told to stop, and says how far it came.
async fn count(stop: CancellationToken) -> u32 {
    let mut seconds = 0;
    let second = || sleep(Duration::from_secs(1));
    while stop.run_until_cancelled(second()).await.is_some() {
        seconds += 1;
    }
    println!("tidies up");
    seconds
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let stop = CancellationToken::new();
    let task = tokio::spawn(count(stop.child_token()));
    sleep(Duration::from_millis(2500)).await;
    stop.cancel();
    println!("it counted to {}", task.await.expect("it does not panic"));
}
// ANCHOR_END: all
