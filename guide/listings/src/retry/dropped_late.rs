use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

// ANCHOR: all
const LIMIT: Duration = Duration::from_secs(1);

/// Says when it is dropped, as a connection that is closed.
struct Connection(Instant);

impl Drop for Connection {
    fn drop(&mut self) {
        println!("  the connection is closed after {:?}", self.0.elapsed());
    }
}

/// A reply that never comes.
async fn reply() {
    let _connection = Connection(Instant::now());
    std::future::pending().await
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("`timeout` has a reference to the future:");
    {
        let mut reply = pin!(reply());
        if timeout(LIMIT, &mut reply).await.is_err() {
            sleep(Duration::from_secs(60)).await;
        }
    }
    println!("`timeout` has the future itself:");
    if timeout(LIMIT, reply()).await.is_err() {
        sleep(Duration::from_secs(60)).await;
    }
}
// ANCHOR_END: all
