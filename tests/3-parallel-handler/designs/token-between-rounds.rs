//! A `FuturesUnordered` that is refilled in rounds: the token is checked before each refill, and not
//! again before each request. A cancel during a round stops the next one.

use std::num::NonZeroUsize;
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
        let result = match timeout(limits.per_request, backend.generate(request)).await {
            Ok(answer) => answer.map_err(Failure::Backend),
            Err(_elapsed) => Err(Failure::TimedOut),
        };
        (index, result)
    };

    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    while !cancel.is_cancelled() {
        while in_flight.len() < limits.concurrency.get()
            && let Some((index, request)) = waiting.next()
        {
            in_flight.push(send(index, request));
        }
        // Results first: the loop itself checks the token after each of them.
        tokio::select! {
            biased;
            ended = in_flight.next() => match ended {
                Some((index, result)) => results[index] = result,
                None => break,
            },
            () = cancel.cancelled() => break,
        }
    }
    results
}
