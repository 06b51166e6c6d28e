//! A stream of requests and `buffer_unordered`, which keeps up to `concurrency` of them in flight
//! and yields results as they come. Each result carries its index; they are sorted at the end.
//!
//! After a cancel the stream runs on to its end: the remaining requests fail without being sent.

use std::future;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};
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
    let mut results: Vec<_> = stream::iter(requests.iter().enumerate())
        .map(|(index, request)| async move {
            (index, send(backend, request, limits.per_request, cancel).await)
        })
        .buffer_unordered(limits.concurrency.get())
        .collect()
        .await;
    results.sort_unstable_by_key(|&(index, _)| index);
    results.into_iter().map(|(_, result)| result).collect()
}

async fn send<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limit: Duration,
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    // `select!` creates all its futures, and so calls `generate`, before it polls the first one.
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    tokio::select! {
        // The order matters: a cancel comes first, and a response wins over the time limit.
        biased;
        () = cancel.cancelled() => Err(Failure::Cancelled),
        answer = backend.generate(request) => answer.map_err(Failure::Backend),
        // A backend that uses up the task's budget in each poll must not stop the clock.
        () = unconstrained(deadline(limit)) => Err(Failure::TimedOut),
    }
}

/// Like `sleep`, but a limit that is too large for an `Instant` never ends; `sleep` would end
/// after 30 years.
async fn deadline(limit: Duration) {
    match Instant::now().checked_add(limit) {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}
