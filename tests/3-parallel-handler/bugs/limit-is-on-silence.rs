//! The timer starts anew whenever any call ends: it limits the silence, not the request.
//! Caught by: `the_time_of_a_request_runs_from_its_sending`
//!
//! A limit of 50 ms, one call that never ends and others that end every 30 ms: that one is not timed
//! out until the others have ended.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::sleep;
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
    let mut sent = 0;
    loop {
        while in_flight.len() < limits.concurrency.get() {
            let Some((index, request)) = waiting.next() else { break };
            sent = index + 1;
            in_flight.push(async move {
                // This runs at the first poll: the token may have been cancelled since the push.
                if cancel.is_cancelled() {
                    return (index, Err(Failure::Cancelled));
                }
                let answer = backend.generate(request).await.map_err(Failure::Backend);
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
            // Nobody has answered for so long.
            () = sleep(limits.per_request) => {
                in_flight.clear();
                for answer in &mut answers[..sent] {
                    answer.get_or_insert(Err(Failure::TimedOut));
                }
            }
        }
    }
    answers.into_iter().map(|answer| answer.unwrap_or(Err(Failure::Cancelled))).collect()
}
