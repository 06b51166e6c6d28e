use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

const LIMIT: Duration = Duration::from_millis(5500);

/// Sends a message every second, for a minute.
fn messages() -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for second in 1..=60 {
            sleep(Duration::from_secs(1)).await;
            if sender.send(second).await.is_err() {
                return;
            }
        }
    });
    receiver
}

// ANCHOR: wrong
async fn count_wrong(mut messages: mpsc::Receiver<u32>) -> u32 {
    let mut count = 0;
    loop {
        tokio::select! {
            Some(_) = messages.recv() => count += 1,
            () = sleep(LIMIT) => return count,
        }
    }
}
// ANCHOR_END: wrong

// ANCHOR: until
async fn count_until(mut messages: mpsc::Receiver<u32>) -> u32 {
    let deadline = Instant::now() + LIMIT;
    let mut count = 0;
    loop {
        tokio::select! {
            Some(_) = messages.recv() => count += 1,
            () = sleep_until(deadline) => return count,
        }
    }
}
// ANCHOR_END: until

// ANCHOR: pinned
async fn count_pinned(mut messages: mpsc::Receiver<u32>) -> u32 {
    let mut limit = pin!(sleep(LIMIT));
    let mut count = 0;
    loop {
        tokio::select! {
            Some(_) = messages.recv() => count += 1,
            () = &mut limit => return count,
        }
    }
}
// ANCHOR_END: pinned

// ANCHOR: around
async fn count_around(mut messages: mpsc::Receiver<u32>) -> u32 {
    let mut count = 0;
    let read_all = async {
        while messages.recv().await.is_some() {
            count += 1;
        }
    };
    // An error means that the time is up, which is how this loop is meant to end.
    let _ = timeout(LIMIT, read_all).await;
    count
}
// ANCHOR_END: around

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("a new sleep each turn: {} messages", count_wrong(messages()).await);
    println!("one deadline:          {} messages", count_until(messages()).await);
    println!("one pinned sleep:      {} messages", count_pinned(messages()).await);
    println!("timeout around:        {} messages", count_around(messages()).await);
}
