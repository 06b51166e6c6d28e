use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

// ANCHOR: all
async fn look(messages: &mut mpsc::Receiver<&'static str>) -> &'static str {
    tokio::select! {
        Some(message) = messages.recv() => message,
        else => "else",
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, mut messages) = mpsc::channel(1);
    tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        sender.send("hello").await.unwrap();
    });
    let start = Instant::now();
    for _ in 0..2 {
        let seen = look(&mut messages).await;
        println!("{seen}, after {} s", start.elapsed().as_secs());
    }
}
// ANCHOR_END: all
