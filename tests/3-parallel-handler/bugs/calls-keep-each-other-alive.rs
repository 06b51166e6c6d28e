//! The list of calls is shared with the calls themselves by `Arc`, so that it is never dropped while one of them is in it.
//! Caught by: `dropping_the_call_stops_what_is_in_flight`
//!
//! The future is dropped while calls are in flight: the list owns the calls, each call owns the
//! list, and they go on to exist.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::{Arc, Mutex};

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

/// What the calls and their driver have in common.
struct Shared<'a> {
    outcomes: Mutex<Vec<Outcome>>,
    calls: Mutex<Vec<Pin<Box<dyn Future<Output = ()> + 'a>>>>,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Outcome> {
    let outcomes = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let shared = Arc::new(Shared { outcomes: Mutex::new(outcomes), calls: Mutex::new(Vec::new()) });
    let mut waiting = requests.iter().enumerate();
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| {
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut calls = shared.calls.lock().unwrap();
        calls.retain_mut(|call| call.as_mut().poll(cx).is_pending());
        while calls.len() < limits.concurrency.get() && !cancel.is_cancelled() {
            let Some((index, request)) = waiting.next() else { break };
            let shared = shared.clone();
            let mut call = Box::pin(async move {
                // It puts its outcome where it belongs.
                let outcome = generate_one(backend, request, limits.per_request).await;
                shared.outcomes.lock().unwrap()[index] = outcome;
            });
            if call.as_mut().poll(cx).is_pending() {
                calls.push(call);
            }
        }
        if calls.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    shared.calls.lock().unwrap().clear();
    let mut outcomes = shared.outcomes.lock().unwrap();
    std::mem::take(&mut *outcomes)
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
