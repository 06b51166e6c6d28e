use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

// ANCHOR: all
/// Says when it is dropped.
struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        println!("  `{}` is dropped", self.0);
    }
}

async fn an_hour_with(noisy: Noisy) {
    sleep(Duration::from_secs(3600)).await;
    println!("  the hour of `{}` is over", noisy.0);
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("a handle is dropped:");
    drop(tokio::spawn(an_hour_with(Noisy("a"))));
    sleep(Duration::from_secs(3601)).await;

    println!("a task is aborted:");
    let task = tokio::spawn(an_hour_with(Noisy("b")));
    yield_now().await; // The task begins.
    task.abort();
    println!("  `abort` has returned");
    let _ = task.await;
    println!("  its handle was awaited");
}
// ANCHOR_END: all
