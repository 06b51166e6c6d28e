// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(1);
    tokio::spawn(async move { sender.send("hello").await });
    println!("{:?}", receiver.recv().await);
}
// ANCHOR_END: all
