//! The first worker that finds the queue empty ends the whole, though others are still at it.
//! Caught by: `every_request_has_its_response`
//!
//! A concurrency of two and two requests: the one that ends first ends the whole, and the other is
//! `Cancelled`.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::select_all;
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
    if workers == 0 {
        return Vec::new();
    }
    // A worker ends when nothing is left to do.
    select_all((0..workers).map(|_| {
        Box::pin(async {
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
                results.lock().unwrap()[index] = Some(result);
            }
        })
    }))
    .await;

    let results = std::mem::take(&mut *results.lock().unwrap());
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
