//! Ten thousand requests need no more memory than a thousand, apart from their results.

use std::alloc::System;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use cap::Cap;
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use parallel_handler::{Failure, Limits, generate_all};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// A backend that replies after a millisecond and measures how much memory is allocated then.
#[derive(Default)]
struct Meter {
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    most_memory: AtomicUsize,
}

/// A request in flight.
struct InFlight<'a>(&'a Meter);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

impl Meter {
    fn begin(&self) -> InFlight<'_> {
        let in_flight = self.in_flight.fetch_add(1, Relaxed) + 1;
        self.most_in_flight.fetch_max(in_flight, Relaxed);
        InFlight(self)
    }
}

impl Generate for Meter {
    fn generate(
        &self,
        _: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        let in_flight = self.begin();
        async move {
            sleep(Duration::from_millis(1)).await;
            self.most_memory.fetch_max(MEMORY.allocated(), Relaxed);
            drop(in_flight);
            // A response without text allocates nothing.
            Ok(GenerateResponse::default())
        }
    }
}

/// Handles this many requests with concurrency 8. Returns the largest number of bytes that were
/// allocated beyond the requests and the results.
async fn handle(count: usize) -> usize {
    let meter = Meter::default();
    let concurrency = NonZeroUsize::new(8).expect("it is not zero");
    let limits = Limits { concurrency, per_request: Duration::from_secs(1) };
    let requests = vec![GenerateRequest::new("llama3.2", ""); count];
    let before = MEMORY.allocated();
    let results = generate_all(&meter, requests, &limits, &CancellationToken::new()).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), count);
    assert_eq!(meter.most_in_flight.into_inner(), 8);
    let results = count * size_of::<Result<GenerateResponse, Failure>>();
    meter.most_memory.into_inner() - before - results
}

#[tokio::test(start_paused = true)]
async fn memory_beyond_the_results_is_flat() {
    // A first run, for what the runtime allocates once and keeps.
    handle(100).await;
    let (few, many) = (handle(1_000).await, handle(10_000).await);
    println!("beyond the results: {few} bytes for 1,000 requests, {many} for 10,000");
    assert!(many <= few, "{many} bytes for 10,000 requests, {few} for 1,000");
}
