use std::time::Duration;

use tokio::time::sleep;
use tokio_util::task::TaskTracker;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    // ANCHOR: all
    let tracker = TaskTracker::new();
    for number in 1..=3 {
        let tracker = tracker.clone();
        tokio::spawn(async move {
            let _token = tracker.token(); // too late
            sleep(Duration::from_secs(1)).await;
            println!("task {number} ends");
        });
    }
    tracker.close();
    tracker.wait().await;
    println!("wait() returns");
    // ANCHOR_END: all
}
