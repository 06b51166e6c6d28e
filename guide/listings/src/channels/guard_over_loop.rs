use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

type Jobs = Arc<Mutex<mpsc::Receiver<u32>>>;

async fn work(_job: u32) {
    sleep(Duration::from_secs(1)).await;
}

// ANCHOR: all
async fn locked_too_long(jobs: Jobs) {
    while let Some(job) = jobs.lock().await.recv().await {
        work(job).await;
    }
}

async fn locked_to_receive(jobs: Jobs) {
    loop {
        let next = jobs.lock().await.recv().await;
        let Some(job) = next else { return };
        work(job).await;
    }
}
// ANCHOR_END: all

async fn seconds_of<W: Future<Output = ()> + Send + 'static>(worker: fn(Jobs) -> W) -> u64 {
    let (sender, jobs) = mpsc::channel(8);
    let jobs = Arc::new(Mutex::new(jobs));
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        workers.spawn(worker(jobs.clone()));
    }
    let start = Instant::now();
    for job in 0..8 {
        sender.send(job).await.expect("workers are there");
    }
    drop(sender);
    workers.join_all().await;
    start.elapsed().as_secs()
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("locked too long:   {} s", seconds_of(locked_too_long).await);
    println!("locked to receive: {} s", seconds_of(locked_to_receive).await);
}
