//! Sends many prompts, a few at a time, and returns the responses in order.
//!
//! In Go this takes a goroutine per request, a buffered channel as a semaphore, a slice for the
//! results and a `WaitGroup`. In Rust nothing has to be spawned: one future can poll many.

use std::num::NonZeroUsize;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
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
    let _ = (backend, limits, cancel);
    todo!("answer {} prompts", requests.len())
}
