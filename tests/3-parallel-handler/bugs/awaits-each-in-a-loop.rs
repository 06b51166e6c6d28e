//! The requests are sent one after another: the loop awaits each before it sends the next.
//! Caught by: `as_many_are_in_flight_as_the_limit_allows`
//!
//! Two requests and a concurrency of two: the second is sent only when the first has ended.

use std::num::NonZeroUsize;
use std::time::Duration;

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
    for (result, request) in results.iter_mut().zip(&requests) {
        *result = generate_one(backend, request, limits, cancel).await;
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
