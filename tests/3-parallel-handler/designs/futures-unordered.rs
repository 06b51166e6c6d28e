//! The loop that one would write in Go: fill the free slots, then `select!` between the next result
//! and the cancel. A `FuturesUnordered` holds the requests in flight.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

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
    let send = async |index, request| {
        // This runs when the future is first polled: a request that was polled just before may
        // have cancelled the call.
        if cancel.is_cancelled() {
            return (index, Err(Failure::Cancelled));
        }
        let result = match timeout(limits.per_request, backend.generate(request)).await {
            Ok(answer) => answer.map_err(Failure::Backend),
            Err(_elapsed) => Err(Failure::TimedOut),
        };
        (index, result)
    };

    let mut results: Vec<_> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    let mut cancelled = pin!(cancel.cancelled());

    loop {
        while in_flight.len() < limits.concurrency.get()
            && let Some((index, request)) = waiting.next()
        {
            in_flight.push(send(index, request));
        }
        tokio::select! {
            // Responses that are always ready must not keep the cancel from being seen.
            biased;
            () = &mut cancelled => break,
            ended = in_flight.next() => match ended {
                Some((index, result)) => results[index] = Some(result),
                None => break,
            },
        }
    }
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
