//! `select_all` is called also when nothing is in flight, and panics.
//! Caught by: `an_empty_list_ends_at_once`
//!
//! An empty list; the end of any other is seen after the last call.

use std::num::NonZeroUsize;
use std::pin::Pin;
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

type BoxedCall<'a> = Pin<Box<dyn Future<Output = (usize, Result<GenerateResponse, Failure>)> + 'a>>;

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results = Vec::new();
    results.resize_with(requests.len(), || Err(Failure::Cancelled));
    let mut queue = requests.iter().enumerate();
    let mut in_flight: Vec<BoxedCall<'_>> = Vec::new();
    loop {
        while in_flight.len() < limits.concurrency.get()
            && let Some((index, request)) = queue.next()
        {
            if cancel.is_cancelled() {
                return results;
            }
            let mut call: BoxedCall<'_> = Box::pin(async move {
                let result = match timeout(limits.per_request, backend.generate(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_elapsed) => Err(Failure::TimedOut),
                };
                (index, result)
            });
            // The first poll sends it. `select_all` shuffles the list, so it would send in any order.
            match poll!(&mut call) {
                Poll::Ready(ended) => in_flight.push(Box::pin(async { ended })),
                Poll::Pending => in_flight.push(call),
            }
        }
        let first = select_all(in_flight);
        let Some(((index, result), _, rest)) = cancel.run_until_cancelled(first).await else {
            return results;
        };
        results[index] = result;
        in_flight = rest;
        if in_flight.is_empty() && queue.len() == 0 {
            return results;
        }
    }
}
