//! `buffer_unordered` keeps up to `concurrency` requests in flight and yields results as they come;
//! each is stored by the index that it carries.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
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
    let mut ended = stream::iter(requests.iter().enumerate())
        .map(
            |(index, request)| async move { (index, send(backend, request, limits, cancel).await) },
        )
        .buffer_unordered(limits.concurrency.get());
    while let Some((index, result)) = ended.next().await {
        results[index] = result;
    }
    results
}

/// Sends one request, unless the call has been cancelled.
async fn send<B: Generate>(
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
        Some(Err(_elapsed)) => Err(Failure::TimedOut),
        None => Err(Failure::Cancelled),
    }
}
