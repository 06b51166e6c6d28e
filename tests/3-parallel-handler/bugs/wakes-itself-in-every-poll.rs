//! Whenever something is pending it wakes itself, to look again.
//! Caught by: `it_sleeps_while_nothing_happens`
//!
//! A call that is pending: it is polled without end. (With the clock paused, time stands still.)

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
            return Poll::Ready(());
        }
        // Not done yet: come back.
        cx.waker().wake_by_ref();
        Poll::Pending
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
