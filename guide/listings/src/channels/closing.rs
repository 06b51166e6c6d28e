// ANCHOR: all
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

#[tokio::main]
async fn main() {
    // The senders are gone: what is in the buffer can still be received.
    let (sender, mut receiver) = mpsc::channel(2);
    sender.send(1).await.unwrap();
    drop(sender);
    println!("{:?}", receiver.recv().await);
    println!("{:?}", receiver.recv().await);

    // The receiver is gone: a send fails, and gives the value back.
    let (sender, receiver) = mpsc::channel(2);
    drop(receiver);
    if let Err(SendError(value)) = sender.send(2).await {
        println!("nobody will receive {value}");
    }
}
// ANCHOR_END: all
