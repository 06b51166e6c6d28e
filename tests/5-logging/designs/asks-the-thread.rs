//! Asks the thread whether it unwinds, before each poll and after it: a panic that was not there before is the
//! backend's.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

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
        let prompt_bytes = request.prompt.len() as u64;
        let span = error_span!("generate", model = %request.model, attempt, prompt_bytes);
        let call = async {
            Call { begun: Instant::now(), reply: Some(Box::pin(self.inner.generate(request))) }
                .await
        };
        call.instrument(span).await
    }
}

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

struct Call<F> {
    begun: Instant,
    /// Until the call has ended.
    reply: Option<Pin<Box<F>>>,
}

impl<F: Future<Output = Result<GenerateResponse, Error>>> Future for Call<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let begun = self.begun;
        // It is not there while it is polled, so that a panic does not leave a call that can be cancelled.
        let Some(mut reply) = self.reply.take() else { return Poll::Pending };
        let poll = {
            let _watch = Watch { begun, unwinds: thread::panicking() };
            reply.as_mut().poll(context)
        };
        let elapsed_ms = begun.elapsed().as_millis() as u64;
        match &poll {
            Poll::Pending => self.reply = Some(reply),
            Poll::Ready(Ok(_)) => info!(outcome = "ok", elapsed_ms),
            Poll::Ready(Err(error)) => {
                warn!(outcome = "error", elapsed_ms, status = status(error), error = kind(error));
            }
        }
        poll
    }
}

impl<F> Drop for Call<F> {
    fn drop(&mut self) {
        if self.reply.take().is_some() {
            warn!(outcome = "cancelled", elapsed_ms = self.begun.elapsed().as_millis() as u64);
        }
    }
}

struct Watch {
    begun: Instant,
    unwinds: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() && !self.unwinds {
            error!(outcome = "panicked", elapsed_ms = self.begun.elapsed().as_millis() as u64);
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
