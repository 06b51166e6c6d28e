//! The loop that one would write in Go: fill up what is in flight, then `select!` between the next
//! answer and the cancel. What is in flight is a `FuturesUnordered`.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many requests may be in flight, and for how long each.
#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

/// Sends all requests, and returns what came of each, in their order.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let ask = async |place, request| {
        // This runs when it is first polled. A call that was polled just before may have taken its
        // time, or may be what led to the cancel.
        if cancel.is_cancelled() {
            return (place, Err(Failure::Cancelled));
        }
        let result = match timeout(limits.per_request, backend.generate(request)).await {
            Ok(answer) => answer.map_err(Failure::Backend),
            Err(_elapsed) => Err(Failure::TimedOut),
        };
        (place, result)
    };

    let mut results: Vec<_> = requests.iter().map(|_| None).collect();
    let mut queue = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    let mut cancelled = pin!(cancel.cancelled());

    loop {
        while in_flight.len() < limits.concurrency.get()
            && let Some((place, request)) = queue.next()
        {
            in_flight.push(ask(place, request));
        }
        tokio::select! {
            // Calls that are always ready must not keep the token from being looked at.
            biased;
            () = &mut cancelled => break,
            ended = in_flight.next() => match ended {
                Some((place, result)) => results[place] = Some(result),
                None => break,
            },
        }
    }
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
