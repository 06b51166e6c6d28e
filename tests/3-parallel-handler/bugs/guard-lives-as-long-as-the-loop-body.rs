//! The guard of the queue's async lock is a temporary of `while let`, and so is held while the call runs.
//! Caught by: `as_many_are_in_flight_as_the_limit_allows`
//!
//! Two requests and a concurrency of two: the second worker waits for the lock until the first call
//! has ended, so one is in flight at a time.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;
use tokio::sync::Mutex as AsyncMutex;

#[derive(Debug)]
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

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let results = Mutex::new(requests.iter().map(|_| None).collect::<Vec<_>>());
    let queue = AsyncMutex::new(requests.iter().enumerate());

    // No more workers than there is work.
    let workers = limits.concurrency.get().min(requests.len());
    join_all((0..workers).map(|_| async {
        while let Some((index, request)) = queue.lock().await.next() {
            if cancel.is_cancelled() {
                break;
            }
            let call = timeout(limits.per_request, backend.generate(request));
            let result = tokio::select! {
                biased;
                result = call => match result {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_) => Err(Failure::TimedOut),
                },
                () = cancel.cancelled() => Err(Failure::Cancelled),
            };
            results.lock().unwrap()[index] = Some(result);
        }
    }))
    .await;

    let results = results.into_inner().unwrap();
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
