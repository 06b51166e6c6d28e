use std::cell::Cell;

// ANCHOR: all
/// `Send` and not `Sync`: it can move to another thread, but two threads
/// cannot share it.
struct Letter {
    times_read: Cell<u32>,
}

async fn read_tomorrow(letter: Letter) {
    let letter = &letter;
    tokio::task::yield_now().await;
    letter.times_read.set(letter.times_read.get() + 1);
}

fn main() {
    tokio::spawn(read_tomorrow(Letter { times_read: Cell::new(0) }));
}
// ANCHOR_END: all
