//! Of the calls that end in one poll only the last one's outcome is kept.
//! Caught by: `every_request_has_its_response`
//!
//! Two calls end before the next poll: one of them looks cancelled.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
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
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| {
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        // Those that have ended leave the list, and make room.
        let mut ended = None;
        calls.retain_mut(|call| match call.future.as_mut().poll(cx) {
            Poll::Ready(outcome) => {
                ended = Some((call.index, outcome));
                false
            }
            Poll::Pending => true,
        });
        if let Some((index, outcome)) = ended {
            outcomes[index] = outcome;
        }
        while calls.len() < limits.concurrency.get() && !cancel.is_cancelled() {
            let Some((index, request)) = waiting.next() else { break };
            let mut future = Box::pin(generate_one(backend, request, limits.per_request));
            match future.as_mut().poll(cx) {
                Poll::Ready(outcome) => outcomes[index] = outcome,
                Poll::Pending => calls.push(Call { index, future }),
            }
        }
        if calls.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
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
