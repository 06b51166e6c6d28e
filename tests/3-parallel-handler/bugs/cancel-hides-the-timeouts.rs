//! A timeout leaves its place empty, and after a cancel all empty places are taken to be cancelled.
//! Caught by: `a_cancel_keeps_what_is_done`
//!
//! A request has timed out when the token is cancelled.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At most so many requests are in flight.
    pub concurrency: NonZeroUsize,
    /// From the moment a request is sent.
    pub per_request: Duration,
}

#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

type Answer = Result<GenerateResponse, Failure>;

/// What the backend said, if it did.
type Reply = Option<Result<GenerateResponse, ollama::Error>>;

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Answer> {
    let mut answers: Vec<Reply> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    loop {
        while in_flight.len() < limits.concurrency.get() {
            let Some((index, request)) = waiting.next() else { break };
            in_flight.push(async move {
                // This runs at the first poll: the token may have been cancelled since the push.
                if cancel.is_cancelled() {
                    return (index, None);
                }
                (index, timeout(limits.per_request, backend.generate(request)).await.ok())
            });
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            next = in_flight.next() => match next {
                Some((index, answer)) => answers[index] = answer,
                None => break,
            },
        }
    }
    let finish = |reply: Reply| match reply {
        Some(answer) => answer.map_err(Failure::Backend),
        None if cancel.is_cancelled() => Err(Failure::Cancelled),
        None => Err(Failure::TimedOut),
    };
    answers.into_iter().map(finish).collect()
}
