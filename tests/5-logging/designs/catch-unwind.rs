//! Catches the panic of each poll, logs it, and goes on with it. What logs in its `drop` is only for calls that are
//! dropped half-way, and is disarmed at each other end.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::Instant;
use tracing::{Instrument, error, error_span, info, warn};

/// A backend that logs each call.
pub struct Logged<B> {
    inner: B,
}

impl<B> Logged<B> {
    pub fn new(inner: B) -> Self {
        Self { inner }
    }
}

impl<B: Generate> Logged<B> {
    pub async fn attempt(
        &self,
        attempt: u32,
        request: &GenerateRequest,
    ) -> Result<GenerateResponse, Error> {
        let prompt_bytes = request.prompt.len();
        let span = error_span!("generate", model = %request.model, attempt, prompt_bytes);
        self.logged(request).instrument(span).await
    }

    async fn logged(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        let begun = Instant::now();
        let mut cancelled = Cancelled { begun, armed: true };
        let mut reply = pin!(self.inner.generate(request));
        let ended = poll_fn(|context| {
            let poll = AssertUnwindSafe(|| reply.as_mut().poll(context));
            match catch_unwind(poll) {
                Ok(poll) => poll.map(Ok),
                Err(payload) => std::task::Poll::Ready(Err(payload)),
            }
        })
        .await;
        cancelled.armed = false;
        let elapsed_ms = begun.elapsed().as_millis() as u64;
        match ended {
            Ok(Ok(response)) => {
                info!(outcome = "ok", elapsed_ms, "the model has answered");
                Ok(response)
            }
            Ok(Err(error)) => {
                let (error_kind, status) = (kind(&error), status(&error));
                warn!(
                    outcome = "error",
                    elapsed_ms,
                    error = error_kind,
                    status,
                    "there is no answer"
                );
                Err(error)
            }
            Err(payload) => {
                error!(outcome = "panicked", elapsed_ms, "the backend panicked");
                resume_unwind(payload)
            }
        }
    }
}

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

struct Cancelled {
    begun: Instant,
    armed: bool,
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if self.armed {
            let elapsed_ms = self.begun.elapsed().as_millis() as u64;
            warn!(outcome = "cancelled", elapsed_ms, "nobody waits for the answer any more");
        }
    }
}

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

fn status(error: &Error) -> Option<u16> {
    match error {
        Error::Status { code, .. } => Some(*code),
        _ => None,
    }
}
