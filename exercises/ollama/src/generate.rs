//! The trait of everything that answers prompts.

use crate::{Error, GenerateRequest, GenerateResponse};

/// A backend that answers prompts: a [`Client`](crate::Client), or a fake in a test.
///
/// It is `Sync` because all calls in flight share one backend by reference.
pub trait Generate: Sync {
    /// Answers one request with the whole text.
    ///
    /// Nothing happens before the future is polled. If it is dropped, the request is abandoned.
    ///
    /// # Errors
    ///
    /// The reason why there is no complete answer. The request is not retried.
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send;
}
