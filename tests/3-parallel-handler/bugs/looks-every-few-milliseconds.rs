//! The calls are polled every 5 ms, with a waker that wakes nobody.
//! Caught by: `as_soon_as_one_ends_the_next_begins`
//!
//! A call that ends between two looks: up to 5 ms pass before the next request is sent. And it wakes
//! itself while nothing happens.

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

type Outcome = Result<GenerateResponse, Failure>;

struct Call<'a> {
    /// Where the outcome goes.
    index: usize,
    future: Pin<Box<dyn Future<Output = Outcome> + 'a>>,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    let mut calls: Vec<Call<'_>> = Vec::new();
    let cx = &mut Context::from_waker(Waker::noop());
    while !cancel.is_cancelled() {
        // Those that have ended leave the list, and make room.
        calls.retain_mut(|call| match call.future.as_mut().poll(cx) {
            Poll::Ready(outcome) => {
                outcomes[call.index] = outcome;
                false
            }
            Poll::Pending => true,
        });
        while calls.len() < limits.concurrency.get() && !cancel.is_cancelled() {
            let Some((index, request)) = waiting.next() else { break };
            let mut future = Box::pin(generate_one(backend, request, limits.per_request));
            match future.as_mut().poll(cx) {
                Poll::Ready(outcome) => outcomes[index] = outcome,
                Poll::Pending => calls.push(Call { index, future }),
            }
        }
        if calls.is_empty() {
            break;
        }
        _ = cancel.run_until_cancelled(sleep(Duration::from_millis(5))).await;
    }
    drop(calls);
    outcomes
}

async fn generate_one<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limit: Duration,
) -> Outcome {
    match timeout(limit, backend.generate(request)).await {
        Ok(answer) => answer.map_err(Failure::Backend),
        Err(_) => Err(Failure::TimedOut),
    }
}
