use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// ANCHOR: all
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let workers = 1;
    let (jobs, mut queue) = mpsc::channel(2 * workers);
    let (results, receiver) = mpsc::channel(2 * workers);
    tokio::spawn(async move {
        while let Some(job) = queue.recv().await {
            let _ = results.send(job * job).await;
        }
    });
    // All jobs first, then all results.
    for job in 1..=10 {
        if timeout(DAY, jobs.send(job)).await.is_err() {
            println!("job {job} waits for room, for a day now");
            println!("{} results wait for a reader", receiver.len());
            return;
        }
        println!("job {job} is accepted");
    }
}
// ANCHOR_END: all
