//! The prompt is trimmed before it is sent.
//! Caught by: `requests_are_sent_as_they_are_and_once`
//!
//! A prompt that begins or ends with a space: the backend sees another request than the one asked
//! for.

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
            let prompt = request.prompt.trim().to_owned();
            let request = GenerateRequest { prompt, ..request.clone() };
            let call = timeout(limits.per_request, backend.generate(&request));
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
