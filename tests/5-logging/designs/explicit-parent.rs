//! Names the span in each event instead of being in it: only the inner future is polled inside of the span.

use std::future::poll_fn;
use std::pin::pin;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::{Duration, Instant};
use tracing::{Span, error, error_span, info, warn};

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
        let length = request.prompt.len();
        let span =
            error_span!("generate", model = %request.model, %attempt, prompt_bytes = %length);
        let mut half_way =
            HalfWay { span: Some(span.clone()), begun: Instant::now(), panics: false };
        let mut reply = pin!(self.inner.generate(request));
        let result = poll_fn(|context| {
            half_way.panics = true;
            let poll = span.in_scope(|| reply.as_mut().poll(context));
            half_way.panics = false;
            poll
        })
        .await;
        half_way.span = None;
        let elapsed_ms = half_way.begun.elapsed().as_millis();
        match &result {
            Ok(response) => {
                let tokens = response.eval_count;
                info!(parent: &span, outcome = "ok", %elapsed_ms, tokens);
            }
            Err(error @ Error::Status { code, .. }) => {
                warn!(parent: &span, outcome = "error", %elapsed_ms, error = kind(error), status = code);
            }
            Err(error) => {
                warn!(parent: &span, outcome = "error", %elapsed_ms, error = kind(error));
            }
        }
        result
    }
}

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

/// A call that has not returned.
struct HalfWay {
    span: Option<Span>,
    begun: Instant,
    panics: bool,
}

impl Drop for HalfWay {
    fn drop(&mut self) {
        let Some(span) = &self.span else { return };
        let elapsed_ms = Duration::as_millis(&self.begun.elapsed());
        match self.panics {
            true => error!(parent: span, outcome = "panicked", %elapsed_ms),
            false => warn!(parent: span, outcome = "cancelled", %elapsed_ms),
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
