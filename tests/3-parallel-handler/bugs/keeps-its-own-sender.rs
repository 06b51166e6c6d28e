//! The original sender lives as long as the function, so the results never end.
//! Caught by: `an_empty_list_ends_at_once`
//!
//! Any list: all results are there, and it waits for one more, for ever.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::mpsc;
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
    let (sender, mut receiver) = mpsc::unbounded_channel();

    let ask = async {
        stream::iter(requests.iter().enumerate())
            .for_each_concurrent(limits.concurrency.get(), |(index, request)| {
                let sender = sender.clone();
                async move {
                    if cancel.is_cancelled() {
                        return;
                    }
                    let call = timeout(limits.per_request, backend.generate(request));
                    let Some(outcome) = cancel.run_until_cancelled(call).await else { return };
                    let result = match outcome {
                        Ok(reply) => reply.map_err(Failure::Backend),
                        Err(_) => Err(Failure::TimedOut),
                    };
                    _ = sender.send((index, result));
                }
            })
            .await;
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
