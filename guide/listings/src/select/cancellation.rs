use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

async fn work() -> &'static str {
    sleep(Duration::from_secs(3)).await;
    "the result"
}

// ANCHOR: all
#[derive(Debug)]
struct Cancelled;

async fn wait<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Result<T, Cancelled> {
    tokio::select! {
        () = cancel.cancelled() => Err(Cancelled),
        result = work => Ok(result),
    }
}
// ANCHOR_END: all

// ANCHOR: short
async fn wait_shorter<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Result<T, Cancelled> {
    cancel.run_until_cancelled(work).await.ok_or(Cancelled)
}
// ANCHOR_END: short

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let cancel = CancellationToken::new();
    println!("{:?}", wait(&cancel, work()).await);
    println!("{:?}", wait_shorter(&cancel, work()).await);
    let canceller = cancel.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        canceller.cancel();
    });
    println!("{:?}", wait(&cancel, work()).await);
    println!("{:?}", wait_shorter(&cancel, work()).await);

    // The token is cancelled by now.
    // ANCHOR: already
    println!("{:?}", cancel.run_until_cancelled(async { "ready at once" }).await);
    // ANCHOR_END: already
}
