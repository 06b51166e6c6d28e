//! The next index is read before an await and written after it, so two workers take the same request.
//! Caught by: `requests_are_sent_in_their_order`
//!
//! Two calls end before the next poll: both workers read the same index, and its request is sent
//! twice.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};

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

    // No more workers than there is work.
    let workers = limits.concurrency.get().min(requests.len());
    // Each worker begins with its own; what comes after those is for whoever is free.
    let next = AtomicUsize::new(workers);
    let (requests, places, next) = (&requests, &results, &next);
    join_all((0..workers).map(|worker| async move {
        let mut index = worker;
        while !cancel.is_cancelled() {
            let Some(request) = requests.get(index) else { break };
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
            places.lock().unwrap()[index] = Some(result);
            index = next.load(Ordering::Acquire);
            // The others may have something to do, too.
            tokio::task::yield_now().await;
            next.store(index + 1, Ordering::Release);
        }
    }))
    .await;

    let results = results.into_inner().unwrap();
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
