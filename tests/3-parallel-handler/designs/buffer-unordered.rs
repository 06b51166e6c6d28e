//! A stream of calls and `buffer_unordered`, which keeps so many of them going and yields whichever
//! ends first. So each result carries its place in the list, and they are sorted at the end.
//!
//! After a cancel the stream runs on to its end: what is left of it fails without being sent.

use std::future;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How many requests may be in flight, and for how long each.
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

/// Sends all requests, and returns what came of each, in their order.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = stream::iter(requests.iter().enumerate())
        .map(|(place, request)| async move {
            (place, ask(backend, request, limits.per_request, cancel).await)
        })
        .buffer_unordered(limits.concurrency.get())
        .collect()
        .await;
    results.sort_unstable_by_key(|&(place, _)| place);
    results.into_iter().map(|(_, result)| result).collect()
}

async fn ask<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limit: Duration,
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    // `select!` makes all its futures before it polls the first.
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    tokio::select! {
        // In this order: nothing is sent after a cancel, and an answer beats the clock.
        biased;
        () = cancel.cancelled() => Err(Failure::Cancelled),
        answer = backend.generate(request) => answer.map_err(Failure::Backend),
        // The clock counts even if the call uses up the task's budget each time it is polled.
        () = unconstrained(time_up(limit)) => Err(Failure::TimedOut),
    }
}

/// As `sleep`, but a time that no clock can show is never up; `sleep` would end after 30 years.
async fn time_up(limit: Duration) {
    match Instant::now().checked_add(limit) {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}
