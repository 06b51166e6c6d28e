// ANCHOR: all
use tokio::sync::{broadcast, mpsc, oneshot, watch};

#[tokio::main]
async fn main() {
    // mpsc: many senders, one receiver. Each value is received once.
    let (sender, mut receiver) = mpsc::channel(8);
    let second_sender = sender.clone();
    sender.send("a").await.unwrap();
    second_sender.send("b").await.unwrap();
    println!("mpsc: {:?}, {:?}", receiver.recv().await, receiver.recv().await);

    // oneshot: one value. `send` is not async: there is always room.
    let (sender, receiver) = oneshot::channel();
    sender.send("the answer").unwrap();
    println!("oneshot: {:?}", receiver.await);

    // broadcast: every receiver gets every value that is sent after it subscribed.
    let (sender, mut first) = broadcast::channel(8);
    let mut second = sender.subscribe();
    sender.send("news").unwrap();
    println!("broadcast: {:?}, {:?}", first.recv().await, second.recv().await);

    // watch: the receivers see the latest value, and perhaps not those before it.
    let (sender, mut receiver) = watch::channel(0);
    for percent in [10, 20, 30] {
        sender.send(percent).unwrap();
    }
    receiver.changed().await.unwrap();
    println!("watch: {}", *receiver.borrow_and_update());
    println!("watch, another change: {:?}", receiver.has_changed());
}
// ANCHOR_END: all
