// ANCHOR: all
use std::time::Duration;

use tokio::time::{Instant, sleep};

async fn fetch(what: &'static str, seconds: u64) -> Result<&'static str, String> {
    sleep(Duration::from_secs(seconds)).await;
    if what.is_empty() { Err("nothing to fetch".to_owned()) } else { Ok(what) }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    let both = tokio::join!(fetch("tea", 3), fetch("", 1));
    println!("join!, {} s: {both:?}", start.elapsed().as_secs());

    let start = Instant::now();
    let both = tokio::try_join!(fetch("tea", 3), fetch("", 1));
    println!("try_join!, {} s: {both:?}", start.elapsed().as_secs());

    let start = Instant::now();
    let first = tokio::select! {
        result = fetch("tea", 3) => result,
        result = fetch("", 1) => result,
    };
    println!("select!, {} s: {first:?}", start.elapsed().as_secs());
}
// ANCHOR_END: all
