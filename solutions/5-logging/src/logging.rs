//! Logs each call of a backend, once, with its outcome.
//!
//! An [`Entry`] lives as long as its call and logs when it is dropped. A call that returns, one that
//! panics and one that is dropped half-way all drop it, so there is one place that logs. What the
//! entry says is set in advance: it always has the outcome that the call has if it ends now.

use std::future::poll_fn;
use std::pin::pin;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::Instant;
use tracing::{Instrument, error, error_span, info, warn};

/// A backend that passes each request on to another one, and logs how it went.
///
/// The log has the model's name and the size of the prompt, and no text that a person or a model has
/// written.
#[derive(Clone, Debug)]
pub struct Logged<B> {
    inner: B,
}

impl<B> Logged<B> {
    /// Logs the calls of this backend.
    pub fn new(inner: B) -> Self {
        Self { inner }
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
        // At the level of errors, so that no filter shows the event of a call without its span.
        let span = error_span!(
            "generate",
            model = request.model,
            attempt,
            prompt_bytes = request.prompt.len()
        );
        let call = async {
            let mut entry = Entry::begin();
            let mut reply = pin!(self.inner.generate(request));
            let result = poll_fn(|context| {
                entry.outcome = Outcome::Panicked;
                let poll = reply.as_mut().poll(context);
                entry.outcome = Outcome::Cancelled;
                poll
            })
            .await;
            entry.outcome = Outcome::of(&result);
            result
        };
        // This enters the span in each poll, and leaves it at the end of each poll.
        call.instrument(span).await
    }
}

impl<B: Generate> Generate for Logged<B> {
    /// The first attempt.
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

/// What is logged of a call.
struct Entry {
    begun: Instant,
    outcome: Outcome,
}

enum Outcome {
    Ok,
    Error { kind: &'static str, status: Option<u16> },
    Cancelled,
    Panicked,
}

impl Entry {
    fn begin() -> Self {
        Self { begun: Instant::now(), outcome: Outcome::Cancelled }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let elapsed_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.outcome {
            Outcome::Ok => info!(outcome = "ok", elapsed_ms),
            Outcome::Error { kind, status } => {
                warn!(outcome = "error", elapsed_ms, error = kind, status);
            }
            Outcome::Cancelled => warn!(outcome = "cancelled", elapsed_ms),
            Outcome::Panicked => error!(outcome = "panicked", elapsed_ms),
        }
    }
}

impl Outcome {
    fn of(result: &Result<GenerateResponse, Error>) -> Self {
        match result {
            Ok(_) => Self::Ok,
            Err(error) => {
                let status = match error {
                    Error::Status { code, .. } => Some(*code),
                    _ => None,
                };
                Self::Error { kind: kind(error), status }
            }
        }
    }
}

/// The kind of an error. Its text may contain what the server said of the prompt.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Host { .. } => "host",
        Error::Refused(_) => "refused",
        Error::CutBefore(_) => "cut_before",
        Error::CutInside(_) => "cut_inside",
        Error::TimedOut(_) => "timed_out",
        Error::Status { .. } => "status",
        Error::Unfinished => "unfinished",
        Error::Failed { .. } => "failed",
        Error::BadJson(_) => "bad_json",
        Error::Other(_) => "other",
    }
}
