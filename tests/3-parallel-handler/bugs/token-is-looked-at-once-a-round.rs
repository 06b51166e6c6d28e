//! The token is looked at before the free places are filled, and not before each of the sendings.
//! Caught by: `a_backend_that_is_always_ready_keeps_no_cancel_off`
//!
//! A concurrency of three, and the token is cancelled while the first request is sent: the other two
//! are sent after it.

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

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    loop {
        while !cancel.is_cancelled() && in_flight.len() < limits.concurrency.get() {
            let Some((index, request)) = waiting.next() else { break };
            in_flight.push(async move {
                let answer = match timeout(limits.per_request, backend.generate(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_) => Err(Failure::TimedOut),
                };
                (index, answer)
            });
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            next = in_flight.next() => match next {
                Some((index, answer)) => answers[index] = Some(answer),
                None => break,
            },
        }
    }
    answers.into_iter().map(|answer| answer.unwrap_or(Err(Failure::Cancelled))).collect()
}
