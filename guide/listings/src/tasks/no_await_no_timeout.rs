// ANCHOR: all
use std::thread;
use std::time::Duration;

use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let limit = Duration::from_millis(1);

    let waits = async { tokio::time::sleep(Duration::from_secs(3600)).await };
    println!("awaits: within the limit? {}", timeout(limit, waits).await.is_ok());

    let blocks = async { thread::sleep(Duration::from_millis(50)) };
    println!("blocks: within the limit? {}", timeout(limit, blocks).await.is_ok());
}
// ANCHOR_END: all
