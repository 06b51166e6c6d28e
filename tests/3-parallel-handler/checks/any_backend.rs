//! A backend of any type. An answer is generic in its backend, and the learner waits while it is compiled for each
//! type that the checks call it with: so there is only this one.

use std::future::Future;

use futures::future::BoxFuture;
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};

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
