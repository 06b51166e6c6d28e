use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

type Jobs = mpsc::Sender<String>;

// ANCHOR: wrong
/// `Err` should have the job that was not sent, but where is it?
async fn send_wrong(jobs: &Jobs, job: String, cancel: &CancellationToken) -> Result<(), String> {
    tokio::select! {
        sent = jobs.send(job) => sent.map_err(|error| error.0),
        () = cancel.cancelled() => Err("(lost)".to_owned()),
    }
}
// ANCHOR_END: wrong

// ANCHOR: right
async fn send(jobs: &Jobs, job: String, cancel: &CancellationToken) -> Result<(), String> {
    tokio::select! {
        permit = jobs.reserve() => match permit {
            Ok(permit) => {
                permit.send(job);
                Ok(())
            }
            Err(_closed) => Err(job),
        },
        () = cancel.cancelled() => Err(job),
    }
}
// ANCHOR_END: right

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (jobs, _receiver) = mpsc::channel(1);
    jobs.send("a job that fills the queue".to_owned()).await.unwrap();
    let cancel = CancellationToken::new();
    let canceller = cancel.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        canceller.cancel();
    });
    println!("send:    {:?}", send_wrong(&jobs, "my job".to_owned(), &cancel).await);
    println!("reserve: {:?}", send(&jobs, "my job".to_owned(), &cancel).await);
}
