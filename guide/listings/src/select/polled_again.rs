use std::pin::pin;
use std::time::Duration;

use tokio::time::{interval, sleep};

async fn download() -> &'static str {
    sleep(Duration::from_secs(5)).await;
    "the file"
}

// ANCHOR: all
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let mut clock = interval(Duration::from_secs(2));
    let mut download = pin!(download());
    loop {
        tokio::select! {
            file = &mut download => println!("{file}"),
            _ = clock.tick() => println!("still at work"),
        }
    }
}
// ANCHOR_END: all
