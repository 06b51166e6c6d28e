// ANCHOR: all
use std::cell::Cell;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// Counts how many are in, and the most that ever were.
#[derive(Default)]
struct Gauge {
    now: Cell<usize>,
    most: Cell<usize>,
}

impl Gauge {
    async fn stay_a_while(&self) {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
        sleep(Duration::from_secs(1)).await;
        self.now.set(self.now.get() - 1);
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (slots, gauge) = (Semaphore::new(2), Gauge::default());
    join_all((0..5).map(async |_| {
        let _ = slots.acquire().await.expect("it is never closed");
        gauge.stay_a_while().await;
    }))
    .await;
    println!("let _ = …:       at most {} at once", gauge.most.get());

    let (slots, gauge) = (Semaphore::new(2), Gauge::default());
    join_all((0..5).map(async |_| {
        let _permit = slots.acquire().await.expect("it is never closed");
        gauge.stay_a_while().await;
    }))
    .await;
    println!("let _permit = …: at most {} at once", gauge.most.get());
}
// ANCHOR_END: all
