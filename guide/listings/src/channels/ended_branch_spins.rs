use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (a_sender, mut a) = mpsc::channel::<u32>(1);
    let (b_sender, mut b) = mpsc::channel::<u32>(1);
    drop(a_sender);
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        b_sender.send(1).await
    });

    // ANCHOR: all
    let mut turns = 0;
    while turns < 1_000_000 {
        turns += 1;
        tokio::select! {
            value = a.recv() => if let Some(value) = value { println!("a: {value}") },
            value = b.recv() => if let Some(value) = value { println!("b: {value}") },
        }
    }
    println!("{turns} turns, and nothing received");
    // ANCHOR_END: all
}
