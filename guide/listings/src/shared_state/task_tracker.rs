// ANCHOR: all
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::task::TaskTracker;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    let tracker = TaskTracker::new();
    for seconds in [1, 3, 2] {
        tracker.spawn(sleep(Duration::from_secs(seconds)));
    }
    tracker.close();
    tracker.wait().await;
    println!("all have ended after {:?}", start.elapsed());
}
// ANCHOR_END: all
