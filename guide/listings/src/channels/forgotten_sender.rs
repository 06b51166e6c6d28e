use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

const HOUR: Duration = Duration::from_secs(3600);

// ANCHOR: all
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, mut results) = mpsc::channel(4);
    for worker in 1..=2 {
        let sender = sender.clone();
        tokio::spawn(async move { sender.send(worker).await });
    }

    let read_all = async {
        while let Some(worker) = results.recv().await {
            println!("a result from worker {worker}");
        }
        println!("no more results");
    };
    // ANCHOR: proof
    if timeout(HOUR, read_all).await.is_err() {
        println!("an hour later, the loop still waits");
    }
    // ANCHOR_END: proof
    println!("senders that are left: {}", results.sender_strong_count());
    drop(sender);
    println!("without it: {:?}", results.recv().await);
}
// ANCHOR_END: all
