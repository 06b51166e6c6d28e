//! Numbered turns, as in a waiting room. The first `concurrency` requests are sent at once; each one
//! that ends notifies the next number.

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

struct Queue {
    limit: usize,
    /// How many requests have ended.
    ended: AtomicUsize,
    /// One for each request, notified when its turn has come.
    turns: Vec<Notify>,
}

impl Queue {
    /// Waits until the request with this number may be sent.
    async fn turn(&self, number: usize) -> Turn<'_> {
        if number >= self.limit {
            self.turns[number].notified().await;
        }
        Turn { queue: self }
    }
}

/// A request in flight. Dropping it lets the next one be sent.
struct Turn<'a> {
    queue: &'a Queue,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let ended = self.queue.ended.fetch_add(1, Ordering::AcqRel);
        if let Some(next) = self.queue.turns.get(ended.saturating_add(self.queue.limit)) {
            next.notify_one();
        }
    }
}

/// Sends all requests and returns their results, in the order of the requests.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let queue = Queue {
        limit: limits.concurrency.get(),
        ended: AtomicUsize::new(0),
        turns: requests.iter().map(|_| Notify::new()).collect(),
    };
    let send = async |(number, request)| {
        let Some(_turn) = cancel.run_until_cancelled(queue.turn(number)).await else {
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
    join_all(requests.iter().enumerate().map(send)).await
}
