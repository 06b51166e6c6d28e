//! A request that is cancelled in flight is reported as `TimedOut`.
//! Caught by: `a_cancel_needs_no_response_to_be_seen`
//!
//! The token is cancelled while a request is in flight.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many at once, and how long each.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

impl From<ollama::Error> for Failure {
    fn from(error: ollama::Error) -> Self {
        Failure::Backend(error)
    }
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    // tokio's semaphore has an upper bound of its own, and panics above it.
    let permits = limits.concurrency.get().min(Semaphore::MAX_PERMITS);
    let semaphore = Semaphore::new(permits);
    join_all(requests.iter().map(|request| async {
        let Some(permit) = cancel.run_until_cancelled(semaphore.acquire()).await else {
            return Err(Failure::Cancelled);
        };
        let _permit = permit.expect("the semaphore is never closed");
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let call = timeout(limits.per_request, backend.generate(request));
        match cancel.run_until_cancelled(call).await {
            Some(Ok(answer)) => Ok(answer?),
            // Either way it has taken too long.
            _ => Err(Failure::TimedOut),
        }
    }))
    .await
}
