//! Who leaves reads the count at its start and writes it at its end, so that two who overlap count as one.
//! Caught by: `as_soon_as_one_ends_the_next_begins`
//!
//! A concurrency of two: both begin with the count at zero and leave it at one; after the first two
//! only one place is left, and then none.

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

/// The requests that have ended or been given up, and a bell for those that wait.
#[derive(Default)]
struct Line {
    ended: AtomicUsize,
    moved: Notify,
}

impl Line {
    /// Waits until the request with this number may be sent: until fewer than `limit` of those
    /// before it are left.
    async fn turn(&self, number: usize, limit: usize) {
        loop {
            let moved = self.moved.notified();
            if number < self.ended.load(Ordering::Acquire).saturating_add(limit) {
                return;
            }
            moved.await;
        }
    }
}

/// A request in flight; dropping it lets the next one go.
struct InFlight<'a> {
    line: &'a Line,
    /// How many had ended when it was sent.
    ended: usize,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.line.ended.store(self.ended + 1, Ordering::Release);
        self.line.moved.notify_waiters();
    }
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let line = Line::default();
    let limit = limits.concurrency.get();
    join_all(requests.iter().enumerate().map(|(number, request)| {
        let line = &line;
        async move {
            if cancel.run_until_cancelled(line.turn(number, limit)).await.is_none() {
                return Err(Failure::Cancelled);
            }
            let ended = line.ended.load(Ordering::Acquire);
            let _in_flight = InFlight { line, ended };
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
        }
    }))
    .await
}
