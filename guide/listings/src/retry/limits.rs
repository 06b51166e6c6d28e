use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

// ANCHOR: all
const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Downloads a page, which takes 200 ms.
async fn page(number: u32) -> u32 {
    sleep(ms(200)).await;
    number
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    for number in 1..=3 {
        let page = timeout(ms(300), page(number)).await;
        println!("a limit for each page: {page:?} at {:?}", start.elapsed());
    }

    let start = Instant::now();
    let pages = async {
        for number in 1..=3 {
            let page = page(number).await;
            println!("one limit for all:     {page:?} at {:?}", start.elapsed());
        }
    };
    let pages = timeout(ms(300), pages).await;
    println!("one limit for all:     {pages:?} at {:?}", start.elapsed());

    println!("ready at the limit:    {:?}", timeout(ms(200), page(4)).await);
    println!("ready, limit of zero:  {:?}", timeout(ms(0), async { 5 }).await);
}
// ANCHOR_END: all
