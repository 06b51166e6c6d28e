//! Results are appended in the requests' order. One that comes early waits in a map until all those
//! before it are there.

use std::collections::BTreeMap;
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
    let mut results = Vec::new();
    let mut early = BTreeMap::new();
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
                let result = match timeout(limits.per_request, backend.generate(request)).await {
                    Ok(answer) => answer.map_err(Failure::Backend),
                    Err(_elapsed) => Err(Failure::TimedOut),
                };
                (index, result)
            });
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            ended = in_flight.next() => {
                let Some((index, result)) = ended else { break };
                early.insert(index, result);
                while let Some(result) = early.remove(&results.len()) {
                    results.push(result);
                }
            }
        }
    }
    // After a cancel there are gaps: what is still in the map has to be kept.
    for index in results.len()..requests.len() {
        results.push(early.remove(&index).unwrap_or(Err(Failure::Cancelled)));
    }
    results
}
