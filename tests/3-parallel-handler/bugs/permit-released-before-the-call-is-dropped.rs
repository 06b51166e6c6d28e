//! The permit is given back when the time is up, but the call lives on until its result is in the channel, which may be full.
//! Caught by: `a_request_whose_time_is_up_makes_room`
//!
//! A concurrency of two and four requests that never end: the first two time out at the same
//! instant, the second of them waits for room in the channel, and both next ones are sent while it
//! still exists.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::{Semaphore, mpsc};
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
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let (sender, mut receiver) = mpsc::channel(1);
    let semaphore = Semaphore::new(limits.concurrency.get().min(Semaphore::MAX_PERMITS));
    let semaphore = &semaphore;

    let ask = async {
        let sender = sender;
        let calls = requests.iter().enumerate().map(|(index, request)| {
            let sender = sender.clone();
            async move {
                let permit = cancel.run_until_cancelled(semaphore.acquire()).await;
                let Some(Ok(permit)) = permit else { return };
                if cancel.is_cancelled() {
                    return;
                }
                let mut call = pin!(backend.generate(request));
                let limited = timeout(limits.per_request, &mut call);
                let Some(outcome) = cancel.run_until_cancelled(limited).await else { return };
                // The next one need not wait for our result to be sent.
                drop(permit);
                let result = match outcome {
                    Ok(reply) => reply.map_err(Failure::Backend),
                    Err(_) => Err(Failure::TimedOut),
                };
                _ = sender.send((index, result)).await;
            }
        });
        join_all(calls).await;
        drop(sender);
    };
    // Ends when the last sender is gone.
    let collect = async {
        while let Some((index, result)) = receiver.recv().await {
            results[index] = result;
        }
    };
    tokio::join!(ask, collect);
    results
}
