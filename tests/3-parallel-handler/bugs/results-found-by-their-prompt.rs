//! Results find their place by the prompt, and two requests may have the same one.
//! Caught by: `requests_are_sent_as_they_are_and_once`
//!
//! Two requests with the same prompt: one result replaces the other, and the second looks cancelled.

use std::collections::HashMap;
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
    let mut by_prompt: HashMap<&str, _> = stream::iter(&requests)
        .map(|request| async move {
            let result = generate_one(backend, request, limits, cancel).await;
            (request.prompt.as_str(), result)
        })
        .buffer_unordered(limits.concurrency.get())
        .collect()
        .await;
    // Back into the order of the list.
    requests
        .iter()
        .map(|request| by_prompt.remove(request.prompt.as_str()))
        .map(|result| result.unwrap_or(Err(Failure::Cancelled)))
        .collect()
}

/// Sends one request whose turn has come.
async fn generate_one<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Result<GenerateResponse, Failure> {
    if cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    let call = timeout(limits.per_request, backend.generate(request));
    match cancel.run_until_cancelled(call).await {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(error))) => Err(Failure::Backend(error)),
        Some(Err(_)) => Err(Failure::TimedOut),
        None => Err(Failure::Cancelled),
    }
}
