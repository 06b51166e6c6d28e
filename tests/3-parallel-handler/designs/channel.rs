//! Go's way to collect results: one side sends the requests and puts each result into a channel,
//! the other side receives them and stores them by index. Both run in this one future.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many requests may be in flight, and how long each may take.
#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

/// Why a request has no response.
#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

/// Sends all requests and returns their results, in the order of the requests.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let (sender, mut receiver) = mpsc::channel(1);

    let send = async {
        // Moved in here, so that it is dropped and closes the channel when all requests have ended.
        let sender = sender;
        stream::iter(requests.iter().enumerate())
            .for_each_concurrent(limits.concurrency.get(), |(index, request)| {
                let sender = sender.clone();
                async move {
                    if cancel.is_cancelled() {
                        return;
                    }
                    let call = timeout(limits.per_request, backend.generate(request));
                    let Some(answer) = cancel.run_until_cancelled(call).await else { return };
                    let result = match answer {
                        Ok(answer) => answer.map_err(Failure::Backend),
                        Err(_elapsed) => Err(Failure::TimedOut),
                    };
                    _ = sender.send((index, result)).await;
                }
            })
            .await;
    };
    let collect = async {
        while let Some((index, result)) = receiver.recv().await {
            results[index] = result;
        }
    };
    tokio::join!(send, collect);
    results
}
