use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

struct Printer {
    looks: Cell<u32>,
    ready_after: u32,
}

// ANCHOR: all
impl Printer {
    /// Looks once a minute whether the printer is ready.
    /// Returns `false` if the caller gave up.
    async fn ready(&self, cancel: &CancellationToken) -> bool {
        while !self.is_ready() {
            tokio::select! {
                () = cancel.cancelled() => return false,
                () = sleep(Duration::from_secs(60)) => {}
            }
        }
        true
    }
}
// ANCHOR_END: all

impl Printer {
    fn new(ready_after: u32) -> Self {
        Self { looks: Cell::new(0), ready_after }
    }

    fn is_ready(&self) -> bool {
        self.looks.set(self.looks.get() + 1);
        self.looks.get() > self.ready_after
    }
}

// ANCHOR: main
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let cancel = CancellationToken::new();
    let start = Instant::now();
    let ready = Printer::new(2).ready(&cancel).await;
    println!("ready: {ready}, after {:?}", start.elapsed());

    let start = Instant::now();
    tokio::spawn({
        let cancel = cancel.clone();
        async move {
            sleep(Duration::from_secs(90)).await;
            cancel.cancel();
        }
    });
    let ready = Printer::new(1_000).ready(&cancel).await;
    println!("ready: {ready}, after {:?}", start.elapsed());
}
// ANCHOR_END: main
