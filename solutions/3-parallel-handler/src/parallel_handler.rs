//! Sends many prompts, a few at a time, and returns the responses in order.
//!
//! A `FuturesUnordered` holds the requests in flight and is refilled whenever one of them ends.
//! Each future carries its request's index, so the order in which they end does not matter.
//! Nothing is spawned: the futures live inside this one and are dropped with it.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The limits that a call must keep.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many requests may be in flight at the same time.
    pub concurrency: NonZeroUsize,
    /// How long one request may take, from the moment it is sent.
    pub per_request: Duration,
}

/// Why a request has no response.
#[derive(Debug)]
pub enum Failure {
    /// The backend returned this error.
    Backend(ollama::Error),
    /// There was no response within the time limit.
    TimedOut,
    /// The call was cancelled before there was a response.
    Cancelled,
}

/// Sends all requests, at most `limits.concurrency` at the same time, and returns one result
/// per request, in the order of the requests.
///
/// Each request is sent once; a failure does not affect the other requests. Once `cancel` is
/// cancelled, nothing more is sent: results that are there are kept, and all other requests
/// get [`Failure::Cancelled`].
///
/// Dropping the future drops all requests in flight.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    // A request that never ends keeps this value.
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    loop {
        while in_flight.len() < limits.concurrency.get()
            && let Some((index, request)) = waiting.next()
        {
            in_flight.push(async move {
                // A request that was polled just before may have cancelled the call.
                if cancel.is_cancelled() {
                    return (index, Err(Failure::Cancelled));
                }
                (index, send(backend, request, limits.per_request).await)
            });
        }
        tokio::select! {
            // The token first: responses that are always ready must not keep it from being seen.
            biased;
            () = cancel.cancelled() => return results,
            ended = in_flight.next() => match ended {
                Some((index, result)) => results[index] = result,
                None => return results,
            },
        }
    }
}

/// Sends one request and waits for its response, but no longer than `limit`.
async fn send<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limit: Duration,
) -> Result<GenerateResponse, Failure> {
    match timeout(limit, backend.generate(request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(Failure::Backend(error)),
        Err(_) => Err(Failure::TimedOut),
    }
}
