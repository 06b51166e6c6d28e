// ANCHOR: all
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let slots = Arc::new(Semaphore::new(3));
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let (slots, running, most) = (slots.clone(), running.clone(), most.clone());
        tasks.spawn(async move {
            let _permit = slots.acquire().await.expect("it is never closed");
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
            running.fetch_sub(1, Ordering::SeqCst);
        }); // `_permit` is dropped here, also if the task panics or is aborted.
    }
    tasks.join_all().await;
    println!("at most {} at once", most.load(Ordering::SeqCst));
}
// ANCHOR_END: all
