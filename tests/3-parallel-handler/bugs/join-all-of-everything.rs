//! All requests are sent at once: nothing limits how many are in flight.
//! Caught by: `there_are_never_more_in_flight_than_the_limit`
//!
//! Three requests and a concurrency of two: three are in flight.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many at once, and how long each.
#[derive(Clone, Debug, PartialEq)]
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

impl From<ollama::Error> for Failure {
    fn from(error: ollama::Error) -> Self {
        Failure::Backend(error)
    }
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    join_all(requests.iter().map(|request| async {
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let call = timeout(limits.per_request, backend.generate(request));
        match cancel.run_until_cancelled(call).await {
            Some(Ok(answer)) => Ok(answer?),
            Some(Err(_)) => Err(Failure::TimedOut),
            None => Err(Failure::Cancelled),
        }
    }))
    .await
}
