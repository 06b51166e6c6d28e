//! Tokio's semaphore, but only the dispatcher waits for it, one permit at a time, so the order is
//! the list's; each call holds its permit until it has ended. Results are sorted at the end.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    // More permits than requests are of no use, and tokio has an upper limit.
    let permits = Semaphore::new(limits.concurrency.get().min(requests.len()));
    let mut waiting = requests.iter().enumerate().peekable();
    let mut calls = FuturesUnordered::new();
    let mut done = Vec::new();
    while waiting.peek().is_some() || !calls.is_empty() {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            permit = permits.acquire(), if waiting.peek().is_some() => {
                let permit = permit.expect("never closed");
                if let Some((index, request)) = waiting.next() {
                    calls.push(async move {
                        let _permit = permit;
                        if cancel.is_cancelled() {
                            return (index, Err(Failure::Cancelled));
                        }
                        let reply = timeout(limits.per_request, backend.generate(request)).await;
                        let result = match reply {
                            Ok(reply) => reply.map_err(Failure::Backend),
                            Err(_) => Err(Failure::TimedOut),
                        };
                        (index, result)
                    });
                }
            }
            Some(one) = calls.next() => done.push(one),
        }
    }
    let missing = |index| (index, Err(Failure::Cancelled));
    let mut present = vec![false; requests.len()];
    done.iter().for_each(|(index, _)| present[*index] = true);
    done.extend((0..requests.len()).filter(|&index| !present[index]).map(missing));
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
