// ANCHOR: all
use tokio::sync::mpsc;

fn main() {
    // Nobody receives, so only what fits into the buffer can be sent.
    let (sender, _receiver) = std::sync::mpsc::sync_channel(0);
    println!("std, capacity 0:   {}", sender.try_send("a").is_ok());

    let (sender, _receiver) = mpsc::channel(2);
    for letter in ["a", "b", "c"] {
        println!("tokio, capacity 2: {}", sender.try_send(letter).is_ok());
    }
}
// ANCHOR_END: all
