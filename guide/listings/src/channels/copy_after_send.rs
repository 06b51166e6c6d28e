// ANCHOR: all
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(1);
    let mut number = 1;
    sender.send(number).await.unwrap();
    number += 1;
    println!("received {:?}, and the sender has {number}", receiver.recv().await);
}
// ANCHOR_END: all
