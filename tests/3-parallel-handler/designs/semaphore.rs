//! A future for every request from the start, and a semaphore that lets so many of them through.
//!
//! Short, but not small: each waiting request has a future of its own, although no call yet.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::Semaphore;
use tokio::task::unconstrained;
use tokio::time::timeout;
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
    // tokio has no semaphore for every number, but none of these is ever reached.
    let turns = Semaphore::new(limits.concurrency.get().min(Semaphore::MAX_PERMITS));

    let ask = async |request| {
        // The semaphore keeps the order in which it was asked. But once the task's budget is used
        // up tokio puts off whoever asks, and has the last of them try again first.
        let _turn = unconstrained(turns.acquire()).await.expect("the semaphore is never closed");
        // After a cancel the turn goes from one to the next, and each finds the token cancelled.
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        // This order of the two: a call whose time is up is gone before its turn is given back.
        let call = timeout(limits.per_request, backend.generate(request));
        match cancel.run_until_cancelled(call).await {
            Some(Ok(answer)) => answer.map_err(Failure::Backend),
            Some(Err(_elapsed)) => Err(Failure::TimedOut),
            None => Err(Failure::Cancelled),
        }
    };
    join_all(requests.iter().map(ask)).await
}
