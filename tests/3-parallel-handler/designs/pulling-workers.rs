//! So many workers, which pull the next request from a shared queue whenever they are free. They
//! are plain futures, joined: no task could outlive the call, and so everything can be borrowed.

use std::num::NonZeroUsize;
use std::sync::PoisonError;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;

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
    // The workers take turns anyway. A `RefCell` would do, but the future could not change threads.
    let queue = Mutex::new(requests.iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();

    let worker = async || {
        let mut done = Vec::new();
        // The token is asked before each request. `run_until_cancelled` looks at the call first,
        // and a backend that never makes one wait would never let it get to the token.
        while let Some((place, request)) = next()
            && !cancel.is_cancelled()
        {
            let call = timeout(limits.per_request, backend.generate(request));
            let Some(answer) = cancel.run_until_cancelled(call).await else { break };
            let result = match answer {
                Ok(answer) => answer.map_err(Failure::Backend),
                Err(_elapsed) => Err(Failure::TimedOut),
            };
            done.push((place, result));
        }
        done
    };
    let workers = limits.concurrency.get().min(requests.len());
    let done = join_all((0..workers).map(|_| worker())).await;

    // What no worker has brought home was cancelled.
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    for (place, result) in done.into_iter().flatten() {
        results[place] = result;
    }
    results
}
