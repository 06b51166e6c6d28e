//! The traits of everything that answers prompts.

use futures_core::Stream;

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

/// A backend that gives an answer part by part: a [`Client`](crate::Client), or a fake in a test.
pub trait GenerateStreaming: Send + Sync + 'static {
    /// The parts of an answer: see [`GenerateStream`](crate::GenerateStream).
    type Parts: Stream<Item = Result<GenerateResponse, Error>> + Send + Unpin + 'static;

    /// Sends one request, and returns the parts of its answer as soon as the first is there.
    ///
    /// Nothing happens before the future is polled, and nothing is read before the parts are. If
    /// either is dropped before its end, the request is abandoned.
    ///
    /// # Errors
    ///
    /// Errors that come before the first part. Later ones are items of the stream, which ends after
    /// them. The request is not retried.
    fn generate_stream(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<Self::Parts, Error>> + Send;
}
