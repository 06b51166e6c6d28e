// ANCHOR: all
use tokio::sync::broadcast;

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = broadcast::channel(2);
    for number in 1..=5 {
        sender.send(number).unwrap();
    }
    drop(sender);
    for _ in 0..4 {
        println!("{:?}", receiver.recv().await);
    }
}
// ANCHOR_END: all
