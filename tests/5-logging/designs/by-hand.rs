//! A future written by hand, with the inner one in a box. Its span is entered in `poll` and in `drop`.

use std::pin::Pin;
use std::task::{Context, Poll};

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::Instant;
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
    pub fn attempt(
        &self,
        attempt: u32,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        let span = error_span!(
            "generate",
            model = request.model.as_str(),
            attempt,
            prompt_bytes = request.prompt.len(),
        );
        Call { reply: Box::pin(self.inner.generate(request)), span, state: State::Made }
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

struct Call<F> {
    reply: Pin<Box<F>>,
    span: Span,
    state: State,
}

enum State {
    Made,
    Waiting {
        begun: Instant,
    },
    /// A panic in a poll leaves this behind.
    Polling {
        begun: Instant,
    },
    Ended,
}

impl<F: Future<Output = Result<GenerateResponse, Error>>> Future for Call<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let begun = match this.state {
            State::Made => Instant::now(),
            State::Waiting { begun } => begun,
            State::Polling { .. } | State::Ended => panic!("this call has ended"),
        };
        this.state = State::Polling { begun };
        let span = this.span.clone();
        let _entered = span.enter();
        let panics = Panics { begun };
        let poll = this.reply.as_mut().poll(context);
        std::mem::forget(panics);
        this.state = match &poll {
            Poll::Pending => State::Waiting { begun },
            Poll::Ready(Ok(_)) => {
                info!(outcome = "ok", elapsed_ms = milliseconds(begun));
                State::Ended
            }
            Poll::Ready(Err(error)) => {
                let elapsed_ms = milliseconds(begun);
                let error_kind = kind(error);
                match status(error) {
                    Some(status) => {
                        warn!(outcome = "error", elapsed_ms, error = error_kind, status);
                    }
                    None => warn!(outcome = "error", elapsed_ms, error = error_kind),
                }
                State::Ended
            }
        };
        poll
    }
}

/// Is dropped only by a panic.
struct Panics {
    begun: Instant,
}

impl Drop for Panics {
    fn drop(&mut self) {
        error!(outcome = "panicked", elapsed_ms = milliseconds(self.begun));
    }
}

impl<F> Drop for Call<F> {
    fn drop(&mut self) {
        if let State::Waiting { begun } = self.state {
            self.span.in_scope(|| warn!(outcome = "cancelled", elapsed_ms = milliseconds(begun)));
        }
    }
}

fn milliseconds(begun: Instant) -> u64 {
    begun.elapsed().as_millis() as u64
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
