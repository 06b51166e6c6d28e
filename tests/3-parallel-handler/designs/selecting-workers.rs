//! As many workers as requests may be in flight. Each takes the next request from a shared queue,
//! selects between its response, its time limit and the cancel, and stores the result by index.

use std::num::NonZeroUsize;
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
    let queue = Mutex::new(requests.iter().enumerate());
    let results = Mutex::new(requests.iter().map(|_| None).collect::<Vec<_>>());

    let worker = async || {
        while !cancel.is_cancelled() {
            // `while let` would hold the lock during the call.
            let Some((index, request)) = queue.lock().unwrap().next() else { break };
            let call = timeout(limits.per_request, backend.generate(request));
            let result = tokio::select! {
                biased;
                answer = call => match answer {
                    Ok(answer) => answer.map_err(Failure::Backend),
                    Err(_elapsed) => Err(Failure::TimedOut),
                },
                () = cancel.cancelled() => Err(Failure::Cancelled),
            };
            results.lock().unwrap()[index] = Some(result);
        }
    };
    // The limit may be far larger than the list.
    let workers = limits.concurrency.get().min(requests.len());
    join_all((0..workers).map(|_| worker())).await;

    let results = results.into_inner().unwrap();
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
