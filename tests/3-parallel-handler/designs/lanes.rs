//! As many lanes as may be in flight, each a loop that takes the next request from a shared
//! iterator; the lanes are joined, and the whole is raced against the token once. Results lie in a
//! list under a mutex.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::task::Poll;
use std::time::Duration;

use futures::future::join_all;
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
    let results = Mutex::new(Vec::new());
    results.lock().unwrap().resize_with(requests.len(), || Err(Failure::Cancelled));
    let next = Mutex::new(requests.iter().enumerate());

    let lane = async || {
        let mut in_a_row = 0;
        while !cancel.is_cancelled() {
            let Some((index, request)) = next.lock().unwrap().next() else { return };
            let result = match timeout(limits.per_request, backend.generate(request)).await {
                Ok(reply) => reply.map_err(Failure::Backend),
                Err(_) => Err(Failure::TimedOut),
            };
            results.lock().unwrap()[index] = result;
            in_a_row += 1;
            if in_a_row % 32 == 0 {
                once_more().await;
            }
        }
    };
    let lanes = (0..limits.concurrency.get().min(requests.len())).map(|_| lane());
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        _ = join_all(lanes) => {}
    }
    results.into_inner().unwrap()
}

/// Lets others have the thread, and comes back at once.
async fn once_more() {
    let mut first = true;
    poll_fn(|cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await
}
