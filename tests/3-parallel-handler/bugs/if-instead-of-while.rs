//! A request that was woken does not look at the count again, and all who wait are woken.
//! Caught by: `there_are_never_more_in_flight_than_the_limit`
//!
//! A concurrency of one and three requests: when the first has ended, both others are sent.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::future::join_all;
use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicUsize, Ordering};

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

struct Door {
    limit: usize,
    inside: AtomicUsize,
    /// Wakes who waits.
    left: Notify,
}

impl Door {
    async fn enter(&self) -> Inside<'_> {
        if self.inside.load(Ordering::Acquire) >= self.limit {
            self.left.notified().await;
        }
        self.inside.fetch_add(1, Ordering::AcqRel);
        Inside(self)
    }
}

struct Inside<'a>(&'a Door);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
        self.0.left.notify_waiters();
    }
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let door =
        Door { limit: limits.concurrency.get(), inside: AtomicUsize::new(0), left: Notify::new() };
    let door = &door;
    join_all(requests.iter().map(|request| async move {
        let Some(_inside) = cancel.run_until_cancelled(door.enter()).await else {
            return Err(Failure::Cancelled);
        };
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let call = timeout(limits.per_request, backend.generate(request));
        match cancel.run_until_cancelled(call).await {
            Some(Ok(Ok(response))) => Ok(response),
            Some(Ok(Err(error))) => Err(Failure::Backend(error)),
            Some(Err(_)) => Err(Failure::TimedOut),
            None => Err(Failure::Cancelled),
        }
    }))
    .await
}
