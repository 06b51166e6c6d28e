//! Every request that was taken is expected to have a result, also after a cancel that came between the two.
//! Caught by: `a_cancel_needs_no_response_to_be_seen`
//!
//! The token is cancelled while a request is in flight: it was taken, has no result, and `expect`
//! panics.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Mutex;

#[derive(Debug)]
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
    let results = Mutex::new(requests.iter().map(|_| None).collect::<Vec<_>>());
    let queue = Mutex::new(requests.iter().enumerate());

    // No more workers than there is work.
    let workers = limits.concurrency.get().min(requests.len());
    let all = join_all((0..workers).map(|_| async {
        while !cancel.is_cancelled() {
            // A statement of its own, so that the lock is not held across the await.
            let next = queue.lock().unwrap().next();
            let Some((index, request)) = next else { break };
            let call = timeout(limits.per_request, backend.generate(request));
            let result = match call.await {
                Ok(answer) => answer.map_err(Failure::Backend),
                Err(_) => Err(Failure::TimedOut),
            };
            results.lock().unwrap()[index] = Some(result);
        }
    }));
    cancel.run_until_cancelled(all).await;

    // The rest was never taken.
    let left = queue.lock().unwrap().len();
    let taken = requests.len() - left;
    let mut results = std::mem::take(&mut *results.lock().unwrap());
    results.truncate(taken);
    let done = results.into_iter().map(|result| result.expect("each taken request has a result"));
    let rest = (0..left).map(|_| Err(Failure::Cancelled));
    done.chain(rest).collect()
}
