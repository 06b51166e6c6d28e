use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

// ANCHOR: all
async fn slow_reader(mut receiver: mpsc::Receiver<u32>) -> usize {
    let mut longest = 0;
    while let Some(_item) = receiver.recv().await {
        sleep(Duration::from_secs(1)).await;
        longest = longest.max(receiver.len());
    }
    longest
}
// ANCHOR_END: all

async fn slow_reader_unbounded(mut receiver: mpsc::UnboundedReceiver<u32>) -> usize {
    let mut longest = 0;
    while let Some(_item) = receiver.recv().await {
        sleep(Duration::from_secs(1)).await;
        longest = longest.max(receiver.len());
    }
    longest
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, receiver) = mpsc::channel(4);
    let reader = tokio::spawn(slow_reader(receiver));
    // ANCHOR: bounded
    for item in 0..1000 {
        sender.send(item).await.unwrap();
    }
    // ANCHOR_END: bounded
    drop(sender);
    println!("bounded: at most {} items wait", reader.await.unwrap());

    let (sender, receiver) = mpsc::unbounded_channel();
    let reader = tokio::spawn(slow_reader_unbounded(receiver));
    // ANCHOR: unbounded
    for item in 0..1000 {
        sender.send(item).unwrap();
    }
    // ANCHOR_END: unbounded
    drop(sender);
    println!("unbounded: at most {} items wait", reader.await.unwrap());
}
