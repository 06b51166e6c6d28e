//! Fills the event in piece by piece: the outcome is a value with its level, written by one function. The span is kept
//! beside the future, which a closure polls; there is no `async` block.

use std::future::poll_fn;
use std::task::Poll;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::Instant;
use tracing::{Level, Span, error, info, span, warn};

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
    pub fn attempt(
        &self,
        attempt: u32,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        let mut reply = None;
        let mut record: Option<Record> = None;
        poll_fn(move |context| {
            let reply = reply.get_or_insert_with(|| Box::pin(self.inner.generate(request)));
            // Here, a panic drops it.
            let mut now = record.take().unwrap_or_else(|| Record::of(attempt, request));
            let span = now.span.clone();
            let _entered = span.enter();
            now.pending = Some(("panicked", Level::ERROR));
            let poll = reply.as_mut().poll(context);
            now.pending = None;
            match &poll {
                Poll::Ready(Ok(_)) => now.write("ok", Level::INFO, None),
                Poll::Ready(Err(error)) => now.write("error", Level::WARN, Some(error)),
                Poll::Pending => {
                    now.pending = Some(("cancelled", Level::WARN));
                    record = Some(now);
                }
            }
            poll
        })
    }
}

impl<B: Generate> Generate for Logged<B> {
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        self.attempt(1, request)
    }
}

struct Record {
    span: Span,
    begun: Instant,
    /// What is to be written if nothing more happens.
    pending: Option<(&'static str, Level)>,
}

impl Record {
    fn of(attempt: u32, request: &GenerateRequest) -> Self {
        let prompt_bytes = request.prompt.len();
        let model = request.model.as_str();
        let span = span!(Level::ERROR, "generate", model, attempt, prompt_bytes);
        Self { span, begun: Instant::now(), pending: None }
    }

    fn write(&self, outcome: &str, level: Level, failure: Option<&Error>) {
        let elapsed_ms = self.begun.elapsed().as_millis() as u64;
        let error = failure.map(kind);
        let status = failure.and_then(status);
        let parent = &self.span;
        match level {
            Level::INFO => info!(parent: parent, outcome, elapsed_ms, error, status),
            Level::WARN => warn!(parent: parent, outcome, elapsed_ms, error, status),
            _ => error!(parent: parent, outcome, elapsed_ms, error, status),
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some((outcome, level)) = self.pending.take() {
            self.write(outcome, level, None);
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
