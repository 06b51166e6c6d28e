use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

// ANCHOR: all
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, mut letters) = mpsc::channel::<&str>(2);
    let permit = sender.reserve().await.expect("the receiver is there");
    sender.send("a letter").await.expect("the receiver is there");

    letters.close();
    println!("recv:     {:?}", letters.recv().await);
    println!("try_recv: {:?}", letters.try_recv());
    println!("recv:     {:?}", timeout(DAY, letters.recv()).await);
    drop(permit);
    println!("recv:     {:?}", timeout(DAY, letters.recv()).await);
}
// ANCHOR_END: all
