//! A list that fits into the limit takes a shorter way, which does not look at the token again.
//! Caught by: `a_cancel_needs_no_response_to_be_seen`
//!
//! Two requests, a concurrency of two, and the token is cancelled while both are in flight. With
//! three requests it is right.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What [`generate_all`] keeps to.
#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    if requests.len() <= limits.concurrency.get() && !cancel.is_cancelled() {
        // All at once: no need for a queue.
        return join_all(requests.iter().map(|request| async move {
            if cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            match timeout(limits.per_request, backend.generate(request)).await {
                Ok(answer) => answer.map_err(Failure::Backend),
                Err(_) => Err(Failure::TimedOut),
            }
        }))
        .await;
    }
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut ended = stream::iter(requests.iter().enumerate())
        .map(|(index, request)| async move {
            (index, generate_one(backend, request, limits, cancel).await)
        })
        .buffer_unordered(limits.concurrency.get());
    // They end in any order; each knows its place.
    while let Some((index, result)) = ended.next().await {
        results[index] = result;
    }
    results
}

/// Sends one request whose turn has come.
async fn generate_one<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    let call = timeout(limits.per_request, backend.generate(request));
    match cancel.run_until_cancelled(call).await {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(error))) => Err(Failure::Backend(error)),
        Some(Err(_)) => Err(Failure::TimedOut),
        None => Err(Failure::Cancelled),
    }
}
