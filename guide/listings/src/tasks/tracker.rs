// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::task::TaskTracker;

async fn log(request: u64) {
    sleep(Duration::from_secs(request)).await;
    println!("request {request} is logged");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let background = TaskTracker::new();
    for request in 1..=3 {
        background.spawn(log(request)); // its handle is not needed
    }
    background.close(); // no more will come
    background.wait().await;
    println!("nothing runs any more");
}
// ANCHOR_END: all
