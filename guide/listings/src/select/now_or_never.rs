// ANCHOR: all
use futures::FutureExt;
use tokio::sync::oneshot;

#[tokio::main]
async fn main() {
    let (sender, mut answer) = oneshot::channel();
    println!("{:?}", (&mut answer).now_or_never());
    sender.send(42).unwrap();
    println!("{:?}", (&mut answer).now_or_never());
}
// ANCHOR_END: all
