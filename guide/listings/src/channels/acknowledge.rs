// ANCHOR: all
use tokio::sync::{mpsc, oneshot};

struct Order {
    what: &'static str,
    done: oneshot::Sender<()>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (orders, mut incoming) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(Order { what, done }) = incoming.recv().await {
            println!("the cook makes {what}");
            // An error means that the guest has left, which is no concern of the cook.
            let _ = done.send(());
        }
    });

    let (done, is_done) = oneshot::channel();
    orders.send(Order { what: "tea", done }).await.expect("the cook is there");
    println!("the order is in the channel");
    is_done.await.expect("the cook answers");
    println!("the tea is there");
}
// ANCHOR_END: all
