// ANCHOR: all
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(5);

async fn two_seconds() {
    sleep(Duration::from_secs(2)).await;
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let slot = Semaphore::new(1);
    let around_all = async |_| {
        timeout(LIMIT, async {
            let _permit = slot.acquire().await.expect("it is never closed");
            two_seconds().await;
        })
        .await
        .is_ok()
    };
    println!("around the wait and the work: {:?}", join_all((0..4).map(around_all)).await);

    let around_the_work = async |_| {
        let _permit = slot.acquire().await.expect("it is never closed");
        timeout(LIMIT, two_seconds()).await.is_ok()
    };
    println!("around the work:              {:?}", join_all((0..4).map(around_the_work)).await);
}
// ANCHOR_END: all
