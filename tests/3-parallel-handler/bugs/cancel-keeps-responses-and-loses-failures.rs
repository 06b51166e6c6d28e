//! Answers wait in a map for those before them; a cancel keeps its responses, and loses its failures.
//! Caught by: `a_cancel_keeps_what_is_done`
//!
//! Of three requests in flight the last has failed when the token is cancelled: it is said to
//! have been cancelled.

use std::collections::BTreeMap;
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
    let mut answers: Vec<Answer> = Vec::new();
    // Those that came too early.
    let mut early = BTreeMap::new();
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
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            next = in_flight.next() => match next {
                Some((index, answer)) => {
                    early.insert(index, answer);
                    while let Some(answer) = early.remove(&answers.len()) {
                        answers.push(answer);
                    }
                }
                None => break,
            },
        }
    }
    let done = answers.len();
    answers.extend((done..requests.len()).map(|index| match early.remove(&index) {
        Some(Ok(response)) => Ok(response),
        _ => Err(Failure::Cancelled),
    }));
    answers
}
