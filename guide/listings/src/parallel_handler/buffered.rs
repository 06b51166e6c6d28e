// ANCHOR: all
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

async fn boil(start: Instant, minutes: u64) -> String {
    let begun = start.elapsed().as_secs() / 60;
    sleep(Duration::from_secs(60 * minutes)).await;
    format!("boiled for {minutes} minutes, from minute {begun}")
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("buffered(2):");
    let start = Instant::now();
    let eggs = stream::iter([9, 2, 2, 2]).map(|minutes| boil(start, minutes));
    eggs.buffered(2).for_each(async |egg| println!("  {egg}")).await;
    println!("  all are done after {} minutes", start.elapsed().as_secs() / 60);

    println!("buffer_unordered(2):");
    let start = Instant::now();
    let eggs = stream::iter([9, 2, 2, 2]).map(|minutes| boil(start, minutes));
    eggs.buffer_unordered(2).for_each(async |egg| println!("  {egg}")).await;
    println!("  all are done after {} minutes", start.elapsed().as_secs() / 60);
}
// ANCHOR_END: all
