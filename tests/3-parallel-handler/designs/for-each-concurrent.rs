//! `for_each_concurrent` over a stream that ends by itself at the cancellation; a result goes into
//! its place as soon as it is there.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::{StreamExt, stream};
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;

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
    let places: Vec<_> = requests.iter().map(|_| Mutex::new(None)).collect();
    let all = stream::iter(requests.iter().zip(&places)).for_each_concurrent(
        limits.concurrency.get(),
        |(request, place)| async move {
            if cancel.is_cancelled() {
                return;
            }
            let result = match timeout(limits.per_request, backend.generate(request)).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(error)) => Err(Failure::Backend(error)),
                Err(_elapsed) => Err(Failure::TimedOut),
            };
            *place.lock().unwrap() = Some(result);
        },
    );
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        () = all => {}
    }
    places
        .into_iter()
        .map(|place| place.into_inner().unwrap().unwrap_or(Err(Failure::Cancelled)))
        .collect()
}
