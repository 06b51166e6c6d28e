//! As many workers as requests may be in flight; each takes the next request from a shared queue.
//! They are plain futures that are joined, not tasks: so they can borrow, and end with the call.

use std::num::NonZeroUsize;
use std::sync::PoisonError;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;

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
    // The workers run in turn, so a `RefCell` would do; but then the future would not be `Send`.
    let queue = Mutex::new(requests.iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();

    let worker = async || {
        let mut done = Vec::new();
        // The token is checked before each request: `run_until_cancelled` polls the call first,
        // so with a backend that is always ready it would never get to the token.
        while let Some((index, request)) = next()
            && !cancel.is_cancelled()
        {
            let call = timeout(limits.per_request, backend.generate(request));
            let Some(answer) = cancel.run_until_cancelled(call).await else { break };
            let result = match answer {
                Ok(answer) => answer.map_err(Failure::Backend),
                Err(_elapsed) => Err(Failure::TimedOut),
            };
            done.push((index, result));
        }
        done
    };
    let workers = limits.concurrency.get().min(requests.len());
    let done = join_all((0..workers).map(|_| worker())).await;

    // A request without a result was cancelled.
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    for (index, result) in done.into_iter().flatten() {
        results[index] = result;
    }
    results
}
