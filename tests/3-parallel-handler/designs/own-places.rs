//! Every result is there from the start, as `Cancelled`, and each request overwrites its own. A
//! cancel then only has to drop what is in flight: all other results are right already.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
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
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();

    let all = stream::iter(requests.iter().zip(&mut results)).for_each_concurrent(
        limits.concurrency.get(),
        |(request, result)| async move {
            // `run_until_cancelled` below is not enough: it looks at the token only when `all` is
            // pending.
            if cancel.is_cancelled() {
                return;
            }
            *result = match timeout(limits.per_request, backend.generate(request)).await {
                Ok(answer) => answer.map_err(Failure::Backend),
                Err(_elapsed) => Err(Failure::TimedOut),
            };
        },
    );
    cancel.run_until_cancelled(all).await;
    results
}
