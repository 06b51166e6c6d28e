//! The one who leaves wakes a waiter only if all places were taken until then.
//! Caught by: `ten_thousand_requests_keep_to_the_limit`
//!
//! A concurrency of two and four requests; the first two end before the next poll: the second of
//! them finds a free place already, and wakes nobody.

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
    /// Wakes the waiters in the order in which they came.
    left: Notify,
}

impl Door {
    async fn enter(&self) -> Inside<'_> {
        while self.inside.load(Ordering::Acquire) >= self.limit {
            self.left.notified().await;
        }
        self.inside.fetch_add(1, Ordering::AcqRel);
        Inside(self)
    }
}

struct Inside<'a>(&'a Door);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let before = self.0.inside.fetch_sub(1, Ordering::AcqRel);
        // If there was room already, nobody can be waiting.
        if before == self.0.limit {
            self.0.left.notify_one();
        }
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
