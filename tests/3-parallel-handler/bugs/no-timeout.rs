//! There is no time limit.
//! Caught by: `a_reply_that_never_comes_is_given_up`
//!
//! A request that takes longer than `per_request`: its answer is waited for.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
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
        .map(
            |(index, request)| async move { (index, generate_one(backend, request, cancel).await) },
        )
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
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    match cancel.run_until_cancelled(backend.generate(request)).await {
        Some(answer) => answer.map_err(Failure::Backend),
        None => Err(Failure::Cancelled),
    }
}
