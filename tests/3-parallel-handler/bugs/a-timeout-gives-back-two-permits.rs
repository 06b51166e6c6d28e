//! A request whose time is up gives its permit back by hand, and the permit's drop gives it back once more.
//! Caught by: `a_request_whose_time_is_up_makes_room`
//!
//! A concurrency of one: after a timeout two requests are in flight.

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
            Some(Err(_)) => {
                // Its place is free now.
                semaphore.add_permits(1);
                Err(Failure::TimedOut)
            }
            None => Err(Failure::Cancelled),
        }
    }))
    .await
}
