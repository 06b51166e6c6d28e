//! A semaphore of its own: a counter of requests in flight, and a `Notify` for those that wait until
//! one of them ends.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicUsize, Ordering};

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

struct Slots {
    limit: usize,
    taken: AtomicUsize,
    freed: Notify,
}

impl Slots {
    async fn take(&self) -> Slot<'_> {
        while self.taken.load(Ordering::Acquire) >= self.limit {
            self.freed.notified().await;
        }
        // All of this runs in one task: nobody can take the slot between the load and this.
        self.taken.fetch_add(1, Ordering::AcqRel);
        Slot(self)
    }
}

/// Dropping it frees the slot and wakes the request that has waited longest.
struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_one();
    }
}

/// Sends all requests and returns their results, in the order of the requests.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let limit = limits.concurrency.get();
    let slots = Slots { limit, taken: AtomicUsize::new(0), freed: Notify::new() };
    let send = async |request| {
        let Some(_slot) = cancel.run_until_cancelled(slots.take()).await else {
            return Err(Failure::Cancelled);
        };
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let call = timeout(limits.per_request, backend.generate(request));
        match cancel.run_until_cancelled(call).await {
            Some(Ok(answer)) => answer.map_err(Failure::Backend),
            Some(Err(_elapsed)) => Err(Failure::TimedOut),
            None => Err(Failure::Cancelled),
        }
    };
    join_all(requests.iter().map(send)).await
}
