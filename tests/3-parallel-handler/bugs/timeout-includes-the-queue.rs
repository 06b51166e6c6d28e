//! The time limit covers the wait for a permit as well.
//! Caught by: `the_time_of_a_request_runs_from_its_sending`
//!
//! A concurrency of one, a limit of 50 ms and three requests of 20 ms: the third times out, though
//! it takes 20 ms.

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
        let call = timeout(limits.per_request, async {
            let _permit = semaphore.acquire().await.expect("the semaphore is never closed");
            if cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            Ok(backend.generate(request).await?)
        });
        match cancel.run_until_cancelled(call).await {
            Some(Ok(answer)) => answer,
            Some(Err(_)) => Err(Failure::TimedOut),
            None => Err(Failure::Cancelled),
        }
    }))
    .await
}
