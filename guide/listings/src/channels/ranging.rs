// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (sender, mut words) = mpsc::channel(2);
    tokio::spawn(async move {
        for word in ["one", "two", "three"] {
            sender.send(word).await.unwrap();
        }
        // `sender` is dropped here, and it was the only one.
    });
    while let Some(word) = words.recv().await {
        println!("{word}");
    }
    println!("the channel has ended");
}
// ANCHOR_END: all
