use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

// ANCHOR: all
const MINUTE: Duration = Duration::from_secs(60);

/// Counts itself as done after an hour.
async fn task(done: Arc<AtomicU32>) {
    sleep(60 * MINUTE).await;
    done.fetch_add(1, Ordering::Relaxed);
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let done = Arc::new(AtomicU32::new(0));
    let mut set = JoinSet::new();
    set.spawn(task(done.clone()));
    // The caller waits for a minute, and then drops the future, and the set in it.
    let wait = async move { while set.join_next().await.is_some() {} };
    let _ = timeout(MINUTE, wait).await;
    sleep(60 * MINUTE).await;
    println!("`JoinSet`:     tasks that have ended: {}", done.load(Ordering::Relaxed));

    let done = Arc::new(AtomicU32::new(0));
    let tracker = TaskTracker::new();
    tracker.spawn(task(done.clone()));
    tracker.close();
    let wait = async move { tracker.wait().await };
    let _ = timeout(MINUTE, wait).await;
    sleep(60 * MINUTE).await;
    println!("`TaskTracker`: tasks that have ended: {}", done.load(Ordering::Relaxed));
}
// ANCHOR_END: all
