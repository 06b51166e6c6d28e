//! The calls are polled in a loop around `yield_now`.
//! Caught by: `it_sleeps_while_nothing_happens`
//!
//! A call that is pending: it is polled without end. (With the clock paused, time stands still.)

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::Duration;

use futures::FutureExt;
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
    while !cancel.is_cancelled() {
        // Those that have ended leave the list, and make room.
        calls.retain_mut(|call| match call.future.as_mut().now_or_never() {
            Some(outcome) => {
                outcomes[call.index] = outcome;
                false
            }
            None => true,
        });
        while calls.len() < limits.concurrency.get() && !cancel.is_cancelled() {
            let Some((index, request)) = waiting.next() else { break };
            let mut future = Box::pin(generate_one(backend, request, limits.per_request));
            match future.as_mut().now_or_never() {
                Some(outcome) => outcomes[index] = outcome,
                None => calls.push(Call { index, future }),
            }
        }
        if calls.is_empty() {
            break;
        }
        // Let others run.
        tokio::task::yield_now().await;
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
