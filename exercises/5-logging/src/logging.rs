//! Logs each call of a backend, once, with its outcome.
//!
//! In Go this is middleware: a function that takes a handler and returns one that logs around it. A
//! call in Rust is a future, so it has more ends than a call in Go: it may also be dropped half-way.
//!
//! Events and spans come from `tracing`, time comes from `tokio::time`. The attribute `#[instrument]`
//! is in `tracing_attributes`.

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};

/// A backend that passes each request on to another one, and logs how it went.
///
/// A call has a span `generate` at the level ERROR, with the fields `model`, `attempt` and
/// `prompt_bytes`. In it, the call is one event with the fields `outcome` and `elapsed_ms`:
///
/// | `outcome` | level | |
/// |---|---|---|
/// | `ok` | INFO | there was a response |
/// | `error` | WARN | there was an error; `error` is its variant, such as `cut_before`, and `status` is the code of [`Error::Status`] |
/// | `cancelled` | WARN | the future was dropped before its end |
/// | `panicked` | ERROR | the backend panicked |
///
/// No other text of a request, a response, an error or a panic is logged.
pub struct Logged<B> {
    _inner: B,
}

impl<B> Logged<B> {
    /// Logs the calls of this backend.
    pub fn new(inner: B) -> Self {
        Self { _inner: inner }
    }
}

impl<B: Generate> Logged<B> {
    /// Passes the request on. The number of the attempt, from 1, is for the log only.
    ///
    /// # Errors
    ///
    /// Those of the inner backend.
    pub async fn attempt(
        &self,
        attempt: u32,
        request: &GenerateRequest,
    ) -> Result<GenerateResponse, Error> {
        todo!("pass the request to {} on, and log attempt {attempt}", request.model)
    }
}

impl<B: Generate> Generate for Logged<B> {
    /// The first attempt.
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}
