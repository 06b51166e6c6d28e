// ANCHOR: all
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const REQUESTS: u32 = 10_000;

/// A request to a service that works on four requests at a time, for 100 ms
/// each. The others wait inside the service. Returns how long it took.
async fn request(service: &Semaphore) -> Duration {
    let start = Instant::now();
    let _place = service.acquire().await.expect("it is never closed");
    sleep(Duration::from_millis(100)).await;
    start.elapsed()
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("limit   requests per second   time of one request");
    for limit in [1, 2, 4, 8, 16] {
        let service = Semaphore::new(4);
        let start = Instant::now();
        let times: Vec<Duration> = stream::iter(0..REQUESTS)
            .map(|_| request(&service))
            .buffer_unordered(limit)
            .collect()
            .await;
        let per_second = f64::from(REQUESTS) / start.elapsed().as_secs_f64();
        let mean = times.iter().sum::<Duration>() / REQUESTS;
        let mean = mean.as_secs_f64() * 1000.0;
        println!("{limit:5}   {per_second:19.0}   {mean:16.0} ms");
    }
}
// ANCHOR_END: all
