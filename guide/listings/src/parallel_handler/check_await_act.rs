// ANCHOR: all
use std::cell::Cell;

use futures::future::join_all;
use tokio::task::yield_now;

const LIMIT: usize = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (inside, most) = (Cell::new(0), Cell::new(0));
    join_all((0..3).map(async |_| {
        while inside.get() >= LIMIT {
            yield_now().await;
        }
        log().await; // An await between the look and the act.
        inside.set(inside.get() + 1);
        most.set(most.get().max(inside.get()));
        yield_now().await;
        inside.set(inside.get() - 1);
    }))
    .await;
    println!("the limit is {LIMIT}, and there were {} at once", most.get());
}

/// Writes a line somewhere, which may take a moment.
async fn log() {
    yield_now().await;
}
// ANCHOR_END: all
