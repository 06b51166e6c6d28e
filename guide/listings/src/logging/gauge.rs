use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;

// ANCHOR: all
type Answer = Result<GenerateResponse, Error>;

struct Counted<B> {
    inner: B,
    in_flight: AtomicUsize,
}

struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl<B: Generate> Generate for Counted<B> {
    async fn generate(&self, request: &GenerateRequest) -> Answer {
        self.in_flight.fetch_add(1, Relaxed);
        let _leaves = Leaves(&self.in_flight);
        self.inner.generate(request).await
    }
}

struct Slow;

impl Generate for Slow {
    async fn generate(&self, _: &GenerateRequest) -> Answer {
        pending().await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ask = Counted { inner: Slow, in_flight: AtomicUsize::new(0) };
    let request = GenerateRequest::new("llama3.2", "Why is the sky blue?");
    let limit = Duration::from_millis(10);
    let result = timeout(limit, ask.generate(&request)).await;
    println!("{}", result.unwrap_err());
    println!("in flight: {}", ask.in_flight.load(Relaxed));
}
// ANCHOR_END: all
