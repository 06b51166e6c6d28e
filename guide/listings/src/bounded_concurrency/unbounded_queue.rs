// ANCHOR: all
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};

/// Submits a job every 10 ms, to a worker that needs 100 ms for each. Prints
/// what there is after ten seconds.
async fn ten_seconds(queue: &str, room: usize) {
    let (jobs, mut receiver) = mpsc::channel(room);
    let worker = tokio::spawn(async move {
        let mut done = 0;
        while let Some(()) = receiver.recv().await {
            sleep(Duration::from_millis(100)).await;
            done += 1;
        }
        done
    });
    let submits = async {
        loop {
            sleep(Duration::from_millis(10)).await;
            jobs.send(()).await.expect("the worker is there");
        }
    };
    let _ = timeout(Duration::from_secs(10), submits).await;
    let queued = jobs.max_capacity() - jobs.capacity();
    let wait = queued * 100;
    println!("{queue} {queued} jobs are queued, so the next one waits {wait} ms");
    worker.abort();
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    ten_seconds("a queue for 2 jobs:   ", 2).await;
    ten_seconds("a queue without bound:", Semaphore::MAX_PERMITS).await;
}
// ANCHOR_END: all
