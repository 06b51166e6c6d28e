//! A general adapter for any future: it says how the future has ended, and knows nothing of logs. The log is a
//! closure.

use std::future::poll_fn;
use std::pin::pin;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::{Duration, Instant};
use tracing::instrument::Instrument;
use tracing::{error, error_span, info, warn};

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
        let span = error_span!(
            "generate",
            model = request.model,
            attempt,
            prompt_bytes = request.prompt.len()
        );
        let reply = async { self.inner.generate(request).await };
        watched(reply, log).instrument(span).await
    }
}

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

/// How a future has ended.
enum End<'a, T> {
    Returned(&'a T),
    Dropped,
    Panicked,
}

fn log(end: End<'_, Result<GenerateResponse, Error>>, elapsed: Duration) {
    let elapsed_ms = elapsed.as_millis() as u64;
    match end {
        End::Returned(Ok(_)) => info!(outcome = "ok", elapsed_ms),
        End::Returned(Err(error)) => {
            warn!(outcome = "error", elapsed_ms, error = kind(error), status = status(error));
        }
        End::Dropped => warn!(outcome = "cancelled", elapsed_ms),
        End::Panicked => error!(outcome = "panicked", elapsed_ms),
    }
}

/// The same future, and `tell` is called once with its end, if it was polled.
async fn watched<F: Future>(future: F, tell: fn(End<'_, F::Output>, Duration)) -> F::Output {
    let mut watch = Watch { begun: Instant::now(), depth: 0, tell: Some(tell) };
    let mut future = pin!(future);
    let output = poll_fn(|context| {
        watch.depth += 1;
        let poll = future.as_mut().poll(context);
        watch.depth -= 1;
        poll
    })
    .await;
    watch.tells(End::Returned(&output));
    output
}

struct Watch<T> {
    begun: Instant,
    depth: u32,
    tell: Option<fn(End<'_, T>, Duration)>,
}

impl<T> Watch<T> {
    fn tells(&mut self, end: End<'_, T>) {
        if let Some(tell) = self.tell.take() {
            tell(end, self.begun.elapsed());
        }
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        let end = if self.depth > 0 { End::Panicked } else { End::Dropped };
        self.tells(end);
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
