//! `generate` is called for the whole list before the first call is awaited.
//! Caught by: `a_request_is_sent_when_its_turn_has_come`
//!
//! A concurrency of one and two requests: `generate` is called twice before anything has ended.

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
    if cancel.is_cancelled() {
        return results;
    }
    let calls: Vec<_> = requests.iter().map(|request| backend.generate(request)).collect();
    let mut ended = stream::iter(calls.into_iter().enumerate())
        .map(|(index, call)| async move { (index, limited(call, limits, cancel).await) })
        .buffer_unordered(limits.concurrency.get());
    // They end in any order; each knows its place.
    while let Some((index, result)) = ended.next().await {
        results[index] = result;
    }
    results
}

/// Waits for an answer, but not for ever.
async fn limited(
    call: impl Future<Output = Result<GenerateResponse, ollama::Error>>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    let call = timeout(limits.per_request, call);
    match cancel.run_until_cancelled(call).await {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(error))) => Err(Failure::Backend(error)),
        Some(Err(_)) => Err(Failure::TimedOut),
        None => Err(Failure::Cancelled),
    }
}
