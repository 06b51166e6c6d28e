//! Whenever a call has ended, those still in flight are dropped and made anew.
//! Caught by: `requests_are_sent_as_they_are_and_once`
//!
//! A concurrency of two: when the first request has ended, the second is sent again, from the start.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::FutureExt;
use futures::future::select_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug)]
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
    let mut results = Vec::new();
    results.resize_with(requests.len(), || Err(Failure::Cancelled));
    let mut queue = requests.iter().enumerate();
    let mut in_flight = Vec::new();
    loop {
        while in_flight.len() < limits.concurrency.get()
            && let Some((index, request)) = queue.next()
        {
            in_flight.push((index, request));
        }
        if in_flight.is_empty() {
            return results;
        }
        let calls = in_flight.iter().map(|&(_, request)| {
            async move {
                if cancel.is_cancelled() {
                    return Err(Failure::Cancelled);
                }
                match timeout(limits.per_request, backend.generate(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_elapsed) => Err(Failure::TimedOut),
                }
            }
            .boxed_local()
        });
        let Some((result, first, _)) = cancel.run_until_cancelled(select_all(calls)).await else {
            return results;
        };
        let (index, _) = in_flight.remove(first);
        results[index] = result;
    }
}
