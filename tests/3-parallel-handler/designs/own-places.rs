//! Every result is there from the start, as `Cancelled`, and each call writes over its own. Then a
//! cancel has nothing to do but to drop what is in flight, and all the rest is already right.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
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
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();

    let all = stream::iter(requests.iter().zip(&mut results)).for_each_concurrent(
        limits.concurrency.get(),
        |(request, result)| async move {
            // Not left to `run_until_cancelled` below, which looks at the token only when all of
            // this has to wait.
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
