// ANCHOR: all
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

fn offer(queue: &mpsc::Sender<u32>, request: u32) -> &'static str {
    match queue.try_send(request) {
        Ok(()) => "accepted",
        Err(TrySendError::Full(_)) => "busy, try again later",
        Err(TrySendError::Closed(_)) => "shutting down",
    }
}

fn main() {
    let (queue, receiver) = mpsc::channel(2);
    for request in 1..=3 {
        println!("request {request}: {}", offer(&queue, request));
    }
    drop(receiver);
    println!("request 4: {}", offer(&queue, 4));
}
// ANCHOR_END: all
