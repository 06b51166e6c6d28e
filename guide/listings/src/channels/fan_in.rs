// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (sender, mut results) = mpsc::channel(1);
    for id in 1..=3 {
        let sender = sender.clone();
        tokio::spawn(async move { sender.send(id * 10).await });
    }
    drop(sender);

    let mut total = 0;
    while let Some(result) = results.recv().await {
        total += result;
    }
    println!("total: {total}");
}
// ANCHOR_END: all
