//! Many prompts, a few at a time, and the answers in order.
//!
//! A set of futures holds what is in flight, and is refilled whenever one of them ends. Each
//! carries the place of its result, so it does not matter in which order they end. Nothing is
//! spawned: the futures live in this one, and go with it when it is dropped.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What a call is allowed.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most requests in flight at any moment.
    pub concurrency: NonZeroUsize,
    /// The most time for one request, from its sending on.
    pub per_request: Duration,
}

/// Why there is no response to a request.
#[derive(Debug)]
pub enum Failure {
    /// What the backend says.
    Backend(ollama::Error),
    /// Its time was up.
    TimedOut,
    /// The call was cancelled before there was a response.
    Cancelled,
}

/// Sends all requests, as many at once as the limits allow, and returns what came of each, in
/// the order of the requests.
///
/// A failure touches no other request, and nothing is sent twice. Once `cancel` is cancelled,
/// nothing more is sent; what has ended is kept, and the rest is [`Failure::Cancelled`].
///
/// Dropping the future stops all that is in flight.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    // What nothing else is written over has been cancelled.
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    loop {
        while in_flight.len() < limits.concurrency.get()
            && let Some((place, request)) = waiting.next()
        {
            in_flight.push(async move {
                // One that was sent a moment ago may have cancelled it all.
                if cancel.is_cancelled() {
                    return (place, Err(Failure::Cancelled));
                }
                (place, send(backend, request, limits.per_request).await)
            });
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => return results,
            ended = in_flight.next() => match ended {
                Some((place, result)) => results[place] = result,
                None => return results,
            },
        }
    }
}

/// Sends one request, and waits for its response for as long as it may take.
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
