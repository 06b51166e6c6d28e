//! The attribute `#[instrument]` makes the span, with nothing in it that it is not told. The levels are one
//! macro's.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::Instant;
use tracing::{Level, event};
use tracing_attributes::instrument;

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
    #[instrument(
        name = "generate",
        level = "error",
        skip_all,
        fields(model = request.model, attempt = attempt, prompt_bytes = request.prompt.len())
    )]
    pub async fn attempt(
        &self,
        attempt: u32,
        request: &GenerateRequest,
    ) -> Result<GenerateResponse, Error> {
        let mut log = Log { begun: Instant::now(), in_poll: false, ended: None };
        let mut reply = pin!(self.inner.generate(request));
        poll_fn(|context| {
            log.in_poll = true;
            let poll = reply.as_mut().poll(context);
            log.in_poll = false;
            if let Poll::Ready(result) = &poll {
                log.ended =
                    Some(result.as_ref().map(|_| ()).map_err(|error| (kind(error), status(error))));
            }
            poll
        })
        .await
    }
}

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

struct Log {
    begun: Instant,
    in_poll: bool,
    ended: Option<Result<(), (&'static str, Option<u16>)>>,
}

impl Drop for Log {
    fn drop(&mut self) {
        let elapsed_ms = self.begun.elapsed().as_millis() as u64;
        match self.ended {
            Some(Ok(())) => event!(Level::INFO, outcome = "ok", elapsed_ms),
            Some(Err((error, status))) => {
                event!(Level::WARN, outcome = "error", elapsed_ms, error, status);
            }
            None if self.in_poll => event!(Level::ERROR, outcome = "panicked", elapsed_ms),
            None => event!(Level::WARN, outcome = "cancelled", elapsed_ms),
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
