//! A backend of any type, and a call with it. An answer is generic in its backend, and the learner waits while it is
//! compiled for each type that the checks call it with: so there is only this one. What calls the answer itself is
//! compiled again after each edit, too: so the checks call it from one place.

use std::future::Future;

use futures::future::BoxFuture;
use harness::LocalBoxFuture;
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use parallel_handler::{Failure, Limits};
use real_tokio_util::sync::CancellationToken;

/// The future of a request.
pub type Generating<'a> = BoxFuture<'a, Result<GenerateResponse, Error>>;

/// [`Generate`] for a trait object.
pub trait GenerateBoxed: Sync {
    fn generate_boxed(&self, request: &GenerateRequest) -> Generating<'_>;
}

/// A reference to a backend.
pub struct AnyBackend<'a>(pub &'a dyn GenerateBoxed);

impl Generate for AnyBackend<'_> {
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        self.0.generate_boxed(request)
    }
}

/// Calls the answer's `generate_all`: at once, and not in the first poll of the future.
pub fn generate_all<'a>(
    backend: &'a AnyBackend<'a>,
    requests: Vec<GenerateRequest>,
    limits: &'a Limits,
    cancel: &'a CancellationToken,
) -> LocalBoxFuture<'a, Vec<Result<GenerateResponse, Failure>>> {
    Box::pin(parallel_handler::generate_all(backend, requests, limits, cancel))
}
