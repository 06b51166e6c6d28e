// ANCHOR: all
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::sleep;

struct Forgetful(Arc<AtomicBool>);

impl Future for Forgetful {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.load(Ordering::SeqCst) {
            Poll::Ready(())
        } else {
            Poll::Pending // and the waker is not stored
        }
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let is_open = Arc::new(AtomicBool::new(false));
    let task = tokio::spawn(Forgetful(is_open.clone()));
    sleep(Duration::from_secs(1)).await;
    is_open.store(true, Ordering::SeqCst);
    sleep(Duration::from_secs(3600)).await;
    println!("an hour later, has it ended? {}", task.is_finished());
}
// ANCHOR_END: all
