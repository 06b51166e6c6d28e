use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

// ANCHOR: all
/// Sends 20 items in 5 bursts of 4, and returns when the last was handled, after how many seconds.
async fn seconds_for_bursts(capacity: usize, pause: u64, work: u64) -> u64 {
    let start = Instant::now();
    let (sender, mut receiver) = mpsc::channel(capacity);
    let reader = tokio::spawn(async move {
        while let Some(()) = receiver.recv().await {
            sleep(Duration::from_secs(work)).await;
        }
    });
    for _burst in 0..5 {
        for _item in 0..4 {
            sender.send(()).await.unwrap();
        }
        sleep(Duration::from_secs(pause)).await;
    }
    drop(sender);
    reader.await.unwrap();
    start.elapsed().as_secs()
}
// ANCHOR_END: all

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    for (what, pause, work) in [("the reader keeps up", 8, 2), ("the reader is too slow", 8, 4)] {
        println!("{what}:");
        for capacity in [1, 2, 4, 100] {
            println!(
                "  {capacity:3} places: {} s",
                seconds_for_bursts(capacity, pause, work).await
            );
        }
    }
}
