// ANCHOR: all
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

async fn log(text: &str) {
    sleep(Duration::from_secs(1)).await;
    println!("{text}");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let handle = tokio::spawn(log("spawned, handle dropped: goes on"));
    let mut set = JoinSet::new();
    set.spawn(log("spawned into a set, set dropped: never printed"));
    drop((handle, set));
    sleep(Duration::from_secs(2)).await;
}
// ANCHOR_END: all
