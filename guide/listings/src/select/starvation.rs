use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;

/// A million items, all of them ready.
fn items() -> impl Stream<Item = u32> + Unpin {
    stream::iter(0..1_000_000)
}

// ANCHOR: items_first
async fn items_first(cancel: &CancellationToken) -> u32 {
    let (mut items, mut taken) = (items(), 0);
    loop {
        tokio::select! {
            biased;
            Some(_) = items.next() => taken += 1,
            () = cancel.cancelled() => return taken,
        }
    }
}
// ANCHOR_END: items_first

// ANCHOR: random
async fn in_random_order(cancel: &CancellationToken) -> u32 {
    let (mut items, mut taken) = (items(), 0);
    loop {
        tokio::select! {
            Some(_) = items.next() => taken += 1,
            () = cancel.cancelled() => return taken,
        }
    }
}
// ANCHOR_END: random

// ANCHOR: cancel_first
async fn cancel_first(cancel: &CancellationToken) -> u32 {
    let (mut items, mut taken) = (items(), 0);
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return taken,
            Some(_) = items.next() => taken += 1,
        }
    }
}
// ANCHOR_END: cancel_first

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    println!("items first:     {} items after the cancel", items_first(&cancel).await);
    let mut after_the_cancel = 0;
    for _ in 0..1_000 {
        after_the_cancel += in_random_order(&cancel).await;
    }
    let average = (after_the_cancel + 500) / 1_000;
    println!("in random order: {average} item after the cancel, on average");
    println!("cancel first:    {} items after the cancel", cancel_first(&cancel).await);
}
