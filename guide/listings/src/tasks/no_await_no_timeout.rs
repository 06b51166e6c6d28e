// ANCHOR: all
use std::thread;
use std::time::Duration;

use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let limit = Duration::from_millis(1);

    let awaits = tokio::time::sleep(Duration::from_secs(3600));
    let in_time = timeout(limit, awaits).await.is_ok();
    println!("an hour, awaited: within the limit? {in_time}");

    let blocks = async { thread::sleep(Duration::from_millis(50)) };
    let in_time = timeout(limit, blocks).await.is_ok();
    println!("50 ms, blocking: within the limit? {in_time}");
}
// ANCHOR_END: all
