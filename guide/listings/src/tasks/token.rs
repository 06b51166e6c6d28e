// ANCHOR: all
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let parent = CancellationToken::new();
    let child = parent.child_token();

    let token = child.clone();
    let running = tokio::spawn(async move {
        token.cancelled().await;
        println!("stopped");
    });

    child.cancel();
    running.await.expect("it does not panic");
    println!("parent: {}", parent.is_cancelled());
    parent.cancel();
    println!("parent: {}", parent.is_cancelled());
}
// ANCHOR_END: all
