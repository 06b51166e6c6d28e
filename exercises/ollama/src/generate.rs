//! What answers a prompt, whether it is a server or not.

use crate::{Error, GenerateRequest, GenerateResponse};

/// Something that answers prompts: a [`Client`](crate::Client), or a fake in a test.
///
/// `Sync`, because calls in flight share the one backend by reference.
pub trait Generate: Sync {
    /// Answers one request with the whole text.
    ///
    /// Nothing happens before the future is polled, and dropping it abandons the request.
    ///
    /// # Errors
    ///
    /// Whatever kept the answer from being complete; nothing is retried.
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send;
}
