//! `for_each_concurrent` is given `None` as its limit.
//! Caught by: `there_are_never_more_in_flight_than_the_limit`
//!
//! Three requests and a concurrency of two: three are in flight.

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
        let sender = sender;
        stream::iter(requests.iter().enumerate())
            // The limit is for the whole, and is kept below.
            .for_each_concurrent(None, |(index, request)| {
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
    // Takes what they say; ends when the last sender is gone.
    let collect = async {
        while let Some((index, result)) = receiver.recv().await {
            results[index] = result;
        }
    };
    tokio::join!(ask, collect);
    results
}
