use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// ANCHOR: all
struct Pool {
    jobs: Option<mpsc::Sender<u32>>,
    results: mpsc::Sender<u32>,
}

impl Pool {
    fn start() -> (Self, mpsc::Receiver<u32>) {
        let (jobs, mut queue) = mpsc::channel(2);
        let (results, receiver) = mpsc::channel(2);
        let sender = results.clone();
        tokio::spawn(async move {
            while let Some(job) = queue.recv().await {
                let _ = sender.send(job * job).await;
            }
            println!("the worker has ended");
        });
        (Self { jobs: Some(jobs), results }, receiver)
    }

    /// Drops the only sender of jobs.
    fn close(&mut self) {
        self.jobs = None;
    }

    /// A reason to keep a sender of results, or so it seems.
    fn unread(&self) -> usize {
        self.results.max_capacity() - self.results.capacity()
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (mut pool, mut results) = Pool::start();
    if let Some(jobs) = &pool.jobs {
        jobs.send(7).await.expect("the worker is there");
    }
    pool.close();
    println!("the result: {:?}", results.recv().await);
    match timeout(DAY, results.recv()).await {
        Ok(None) => println!("the results have ended"),
        Ok(Some(result)) => println!("one more result: {result}"),
        Err(_) => println!("for a day, no result and no end, {} unread", pool.unread()),
    }
}
// ANCHOR_END: all
