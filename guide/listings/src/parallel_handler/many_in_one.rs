// ANCHOR: all
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, sleep};

async fn boil(egg: &str, minutes: u64) -> &str {
    sleep(Duration::from_secs(60 * minutes)).await;
    egg
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    let mut eggs = FuturesUnordered::new();
    eggs.push(boil("hard", 9));
    eggs.push(boil("soft", 4));
    eggs.push(boil("medium", 6));
    while let Some(egg) = eggs.next().await {
        println!("{egg} after {} minutes", start.elapsed().as_secs() / 60);
    }
}
// ANCHOR_END: all
