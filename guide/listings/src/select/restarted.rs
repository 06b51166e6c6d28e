use std::pin::pin;
use std::time::Duration;

use tokio::time::{interval, sleep, timeout};

async fn download() -> &'static str {
    sleep(Duration::from_secs(5)).await;
    "the file"
}

// ANCHOR: wrong
async fn download_again_and_again() -> &'static str {
    let mut clock = interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            file = download() => return file,
            _ = clock.tick() => {} // shows that it is still at work
        }
    }
}
// ANCHOR_END: wrong

// ANCHOR: right
async fn download_once() -> &'static str {
    let mut clock = interval(Duration::from_secs(2));
    let mut download = pin!(download());
    loop {
        tokio::select! {
            file = &mut download => return file,
            _ = clock.tick() => {} // shows that it is still at work
        }
    }
}
// ANCHOR_END: right

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let hour = Duration::from_secs(3600);
    println!("made in the loop:   {:?}", timeout(hour, download_again_and_again()).await);
    println!("kept over the loop: {:?}", timeout(hour, download_once()).await);
}
