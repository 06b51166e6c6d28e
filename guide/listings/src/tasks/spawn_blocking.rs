// ANCHOR: all
use std::sync::mpsc;

use tokio::task::spawn_blocking;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, receiver) = mpsc::channel();
    let blocked = spawn_blocking(move || {
        let word: &str = receiver.recv().expect("main sends"); // blocks its own thread
        word.len()
    });
    tokio::task::yield_now().await;
    println!("the runtime goes on");
    sender.send("hello").expect("the receiver is there");
    println!("the thread returned {}", blocked.await.expect("it does not panic"));
}
// ANCHOR_END: all
