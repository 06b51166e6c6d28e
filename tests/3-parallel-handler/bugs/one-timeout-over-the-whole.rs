//! One time limit is around the whole list.
//! Caught by: `the_time_of_a_request_runs_from_its_sending`
//!
//! A concurrency of one, a limit of 50 ms and three requests of 20 ms: the third times out.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What [`generate_all`] keeps to.
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

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| None).collect();
    let mut ended = stream::iter(requests.iter().enumerate())
        .map(
            |(index, request)| async move { (index, generate_one(backend, request, cancel).await) },
        )
        .buffer_unordered(limits.concurrency.get());
    let all = timeout(limits.per_request, async {
        while let Some((index, result)) = ended.next().await {
            results[index] = Some(result);
        }
    });
    // Those without a result were not in time.
    _ = all.await;
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::TimedOut))).collect()
}

/// Sends one request whose turn has come.
async fn generate_one<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    match cancel.run_until_cancelled(backend.generate(request)).await {
        Some(answer) => answer.map_err(Failure::Backend),
        None => Err(Failure::Cancelled),
    }
}
