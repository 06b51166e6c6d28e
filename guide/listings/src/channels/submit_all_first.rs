use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

const HOUR: Duration = Duration::from_secs(3600);

// ANCHOR: all
async fn double_all(count: u32) -> Vec<u32> {
    let (jobs, mut incoming) = mpsc::channel(4);
    let (outgoing, mut results) = mpsc::channel(4);
    tokio::spawn(async move {
        while let Some(job) = incoming.recv().await {
            if outgoing.send(job * 2).await.is_err() {
                return;
            }
        }
    });
    for job in 0..count {
        jobs.send(job).await.unwrap();
    }
    drop(jobs);
    let mut all = Vec::new();
    while let Some(result) = results.recv().await {
        all.push(result);
    }
    all
}
// ANCHOR_END: all

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    for count in [9, 10] {
        match timeout(HOUR, double_all(count)).await {
            Ok(all) => println!("{count} jobs: {} results", all.len()),
            Err(_) => println!("{count} jobs: stuck"),
        }
    }
}
