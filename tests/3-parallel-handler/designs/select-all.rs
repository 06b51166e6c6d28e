//! `select_all` waits for the first of a list of calls and gives the others back. Free slots are
//! filled before any of the new calls is polled: a cancel in that poll comes too late for them.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use futures::future::{FutureExt, select_all};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many requests may be in flight, and how long each may take.
#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

/// Why a request has no response.
#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

/// Sends all requests and returns their results, in the order of the requests.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = Vec::new();
    let mut cancelled = pin!(cancel.cancelled());
    while !cancel.is_cancelled() {
        while in_flight.len() < limits.concurrency.get()
            && let Some((index, request)) = waiting.next()
        {
            let call = timeout(limits.per_request, backend.generate(request));
            in_flight.push(call.map(move |answer| (index, answer)).boxed());
        }
        if in_flight.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            ((index, answer), _, others) = select_all(in_flight) => {
                results[index] = match answer {
                    Ok(answer) => answer.map_err(Failure::Backend),
                    Err(_elapsed) => Err(Failure::TimedOut),
                };
                in_flight = others;
            }
            () = &mut cancelled => break,
        }
    }
    results
}
