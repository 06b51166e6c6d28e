//! A slot gets its next request before the result of the last one is stored, which then lands in the new one's place.
//! Caught by: `every_request_has_its_response`
//!
//! A concurrency of one and two requests: the first answer becomes the second result.

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
        let mut slot = 0;
        while slot < calls.len() {
            let Poll::Ready(outcome) = calls[slot].future.as_mut().poll(cx) else {
                slot += 1;
                continue;
            };
            // No slot is empty longer than it must be.
            let next = if cancel.is_cancelled() { None } else { waiting.next() };
            if let Some((index, request)) = next {
                let future = Box::pin(generate_one(backend, request, limits.per_request));
                calls[slot] = Call { index, future };
                outcomes[calls[slot].index] = outcome;
            } else {
                let call = calls.remove(slot);
                outcomes[call.index] = outcome;
            }
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
