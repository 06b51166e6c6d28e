// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(4);
    sender.send("first").await.unwrap();
    sender.send("second").await.unwrap();

    receiver.close();
    println!("send after close: {:?}", sender.send("third").await.is_ok());
    while let Some(word) = receiver.recv().await {
        println!("still received: {word}");
    }
}
// ANCHOR_END: all
