//! The token is looked at only when a call has ended.
//! Caught by: `a_cancel_needs_no_response_to_be_seen`
//!
//! The token is cancelled while nothing ends: time passes before it is noticed.

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
        while in_flight.len() < limits.concurrency.get() {
            let Some((index, request)) = waiting.next() else { break };
            in_flight.push(async move {
                // This runs at the first poll: the token may have been cancelled since the push.
                if cancel.is_cancelled() {
                    return (index, Err(Failure::Cancelled));
                }
                let answer = match timeout(limits.per_request, backend.generate(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_) => Err(Failure::TimedOut),
                };
                (index, answer)
            });
        }
        match in_flight.next().await {
            Some((index, answer)) => answers[index] = Some(answer),
            None => break,
        }
        if cancel.is_cancelled() {
            break;
        }
    }
    answers.into_iter().map(|answer| answer.unwrap_or(Err(Failure::Cancelled))).collect()
}
