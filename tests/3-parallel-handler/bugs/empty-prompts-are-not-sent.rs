//! A request without a prompt is answered on the spot, without asking the backend.
//! Caught by: `requests_are_sent_as_they_are_and_once`
//!
//! An empty prompt, which has Ollama load the model.

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
    // Nothing to complete.
    if request.prompt.is_empty() {
        return Ok(GenerateResponse { done: true, ..GenerateResponse::default() });
    }
    let call = timeout(limits.per_request, backend.generate(request));
    match cancel.run_until_cancelled(call).await {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(error))) => Err(Failure::Backend(error)),
        Some(Err(_)) => Err(Failure::TimedOut),
        None => Err(Failure::Cancelled),
    }
}
