//! The results are collected in a future that the cancel drops with all that it has.
//! Caught by: `a_cancel_keeps_what_is_done`
//!
//! The first of three requests has been answered when the token is cancelled: it is `Cancelled` too.

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
    let all = stream::iter(requests.iter().enumerate())
        .map(|(index, request)| async move {
            (index, generate_one(backend, request, limits, cancel).await)
        })
        .buffer_unordered(limits.concurrency.get())
        .collect::<Vec<_>>();
    // None if it was cancelled.
    if let Some(ended) = cancel.run_until_cancelled(all).await {
        for (index, result) in ended {
            results[index] = result;
        }
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
    match call.await {
        Ok(answer) => answer.map_err(Failure::Backend),
        Err(_) => Err(Failure::TimedOut),
    }
}
