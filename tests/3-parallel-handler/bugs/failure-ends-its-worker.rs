//! A worker whose request fails ends, and its place stays empty.
//! Caught by: `a_failure_touches_no_other_request`
//!
//! A concurrency of two, and a request fails: from then on one is in flight at a time. When every
//! worker has met a failure, nothing more is sent.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;

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
    let queue = Mutex::new(requests.iter().enumerate());

    // No more workers than there is work.
    let workers = limits.concurrency.get().min(requests.len());
    join_all((0..workers).map(|_| async {
        while !cancel.is_cancelled() {
            // A statement of its own, so that the lock is not held across the await.
            let next = queue.lock().unwrap().next();
            let Some((index, request)) = next else { break };
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
            let failed = matches!(result, Err(Failure::Backend(_)));
            results.lock().unwrap()[index] = Some(result);
            if failed {
                break;
            }
        }
    }))
    .await;

    let results = results.into_inner().unwrap();
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
