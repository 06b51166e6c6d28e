//! `generate` is called for the next request while all places are taken, so that the call is at hand when one is free.
//! Caught by: `a_request_is_sent_when_its_turn_has_come`
//!
//! A concurrency of one and two requests: `generate` is called with the second while the first is in
//! flight.

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
    let ask = |(index, request)| (index, backend.generate(request));
    let mut upcoming = None;
    loop {
        while in_flight.len() < limits.concurrency.get() {
            if cancel.is_cancelled() {
                break;
            }
            let Some((index, call)) = upcoming.take().or_else(|| waiting.next().map(ask)) else {
                break;
            };
            upcoming = waiting.next().map(ask);
            in_flight.push(async move {
                // This runs at the first poll: the token may have been cancelled since the push.
                if cancel.is_cancelled() {
                    return (index, Err(Failure::Cancelled));
                }
                let answer = match timeout(limits.per_request, call).await {
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
