//! One slot is set aside for whoever collects the results.
//! Caught by: `as_many_are_in_flight_as_the_limit_allows`
//!
//! A concurrency of two: one request is in flight at a time. With a concurrency of one it is right.

use std::num::NonZeroUsize;
use std::time::Duration;

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
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut ended = stream::iter(requests.iter().enumerate())
        .map(|(index, request)| async move {
            (index, generate_one(backend, request, limits, cancel).await)
        })
        // One of them is us, who collect.
        .buffer_unordered(limits.concurrency.get().saturating_sub(1).max(1));
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
