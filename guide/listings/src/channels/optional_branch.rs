use std::future::pending;
use std::time::Duration;

use futures::future::{OptionFuture, Ready};
use tokio::time::{Instant, sleep, sleep_until};

// ANCHOR: all
/// Ends when the limit is over, or never if there is none.
async fn expired(limit: Option<Instant>) {
    match limit {
        Some(limit) => sleep_until(limit).await,
        None => pending().await,
    }
}

async fn wait(limit: Option<Instant>) -> &'static str {
    tokio::select! {
        () = sleep(Duration::from_secs(10)) => "finished",
        () = expired(limit) => "out of time",
    }
}
// ANCHOR_END: all

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let soon = Instant::now() + Duration::from_secs(3);
    println!("a limit of 3 s: {}", wait(Some(soon)).await);
    println!("no limit:       {}", wait(None).await);

    // ANCHOR: option
    let absent: OptionFuture<Ready<u32>> = None.into();
    println!("OptionFuture:   {:?}", absent.await);
    // ANCHOR_END: option
}
