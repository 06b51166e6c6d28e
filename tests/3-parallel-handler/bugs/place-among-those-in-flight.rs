//! The index that `select_all` gives, which counts those in flight, is taken for the place in the list.
//! Caught by: `results_are_in_the_order_of_the_requests`
//!
//! Two requests at once: when the first has ended the second is alone in flight, so its result lands
//! in the first place.

use std::num::NonZeroUsize;
use std::task::Poll;
use std::time::Duration;

use futures::future::select_all;
use futures::poll;
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
            if cancel.is_cancelled() {
                return results;
            }
            let mut call = Box::pin(async move {
                let result = match timeout(limits.per_request, backend.generate(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_elapsed) => Err(Failure::TimedOut),
                };
                (index, result)
            });
            // The first poll sends it. `select_all` shuffles the list, so it would send in any order.
            match poll!(&mut call) {
                Poll::Ready((index, result)) => results[index] = result,
                Poll::Pending => in_flight.push(call),
            }
        }
        if in_flight.is_empty() {
            return results;
        }
        let first = select_all(in_flight);
        let Some(((_, result), index, rest)) = cancel.run_until_cancelled(first).await else {
            return results;
        };
        results[index] = result;
        in_flight = rest;
    }
}
