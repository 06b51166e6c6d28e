//! The results are kept in a map whose keys are the indices as text, where 10 comes before 2.
//! Caught by: `ten_thousand_requests_keep_to_the_limit`
//!
//! Up to ten requests it is right; with eleven the last result is the third.

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
    // A map in order of its keys, so that the answers come out in the requests' order.
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    for index in 0..requests.len() {
        answers.insert(index.to_string(), Err(Failure::Cancelled));
    }
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
                Some((index, answer)) => drop(answers.insert(index.to_string(), answer)),
                None => break,
            },
        }
    }
    answers.into_values().collect()
}
