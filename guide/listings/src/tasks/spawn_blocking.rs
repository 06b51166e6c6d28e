// ANCHOR: all
use std::sync::mpsc;

use tokio::task::spawn_blocking;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, receiver) = mpsc::channel();
    let blocked = spawn_blocking(move || {
        let word: &str = receiver.recv().expect("main sends"); // blocks
        word.len()
    });
    tokio::task::yield_now().await;
    println!("the runtime goes on");
    sender.send("hello").expect("the receiver is there");
    let length = blocked.await.expect("it does not panic");
    println!("the thread returned {length}");
}
// ANCHOR_END: all
