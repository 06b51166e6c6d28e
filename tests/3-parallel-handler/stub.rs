//! Many prompts, a few at a time, and the answers in order.
//!
//! Go's idiom is a goroutine for each request, a buffered channel as a semaphore, a slice of
//! results by index, and a `WaitGroup`. Here nothing has to be spawned: one future can poll
//! many.

use std::num::NonZeroUsize;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
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
    let _ = (backend, limits, cancel);
    todo!("answer {} prompts", requests.len())
}
