//! A future for every request from the start, and a semaphore that limits how many of them send.
//!
//! Short, but its memory grows with the list: each waiting request already has its future.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::Semaphore;
use tokio::task::unconstrained;
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
    // `Semaphore::new` panics above its maximum. There are never so many requests.
    let semaphore = Semaphore::new(limits.concurrency.get().min(Semaphore::MAX_PERMITS));

    let send = async |request| {
        // The semaphore is fair. But once the task's budget is used up, tokio makes further
        // futures wait, and polls the last of them first.
        let permit = unconstrained(semaphore.acquire()).await;
        let _permit = permit.expect("the semaphore is never closed");
        // After a cancel each future gets a permit in turn, and passes it on.
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        // A request whose time is up is dropped by `timeout` before its permit is.
        let call = timeout(limits.per_request, backend.generate(request));
        match cancel.run_until_cancelled(call).await {
            Some(Ok(answer)) => answer.map_err(Failure::Backend),
            Some(Err(_elapsed)) => Err(Failure::TimedOut),
            None => Err(Failure::Cancelled),
        }
    };
    join_all(requests.iter().map(send)).await
}
