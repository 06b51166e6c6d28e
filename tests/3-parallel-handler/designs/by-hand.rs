//! A future written by hand. The calls in flight are in slots; each poll goes through all slots and
//! sends the next request as soon as one is free.

use std::iter::Enumerate;
use std::mem;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::slice;
use std::task::{Context, Poll};
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

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
    let all = All {
        send: |request| timeout(limits.per_request, backend.generate(request)),
        waiting: requests.iter().enumerate(),
        slots: Vec::new(),
        concurrency: limits.concurrency.get(),
        // A request that never ends keeps this value.
        results: requests.iter().map(|_| Err(Failure::Cancelled)).collect(),
        cancel,
        cancelled: Box::pin(cancel.cancelled()),
    };
    all.await
}

struct All<'a, Send, Call> {
    send: Send,
    waiting: Enumerate<slice::Iter<'a, GenerateRequest>>,
    slots: Vec<Slot<Call>>,
    /// How many slots there may be. They are created as they are needed.
    concurrency: usize,
    results: Vec<Result<GenerateResponse, Failure>>,
    cancel: &'a CancellationToken,
    /// The same token, as a future that wakes this one.
    cancelled: Pin<Box<WaitForCancellationFuture<'a>>>,
}

struct Slot<Call> {
    index: usize,
    call: Pin<Box<Call>>,
}

impl<'a, Send, Call> Future for All<'a, Send, Call>
where
    Send: Fn(&'a GenerateRequest) -> Call + Unpin,
    Call: Future<Output = Result<Result<GenerateResponse, ollama::Error>, Elapsed>>,
{
    type Output = Vec<Result<GenerateResponse, Failure>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(mem::take(&mut this.results));
        }

        let mut at = 0;
        loop {
            // Past the last slot: create another one if the limit and the list allow it.
            if at == this.slots.len() {
                if at == this.concurrency || this.cancel.is_cancelled() {
                    break;
                }
                let Some((index, request)) = this.waiting.next() else { break };
                this.slots.push(Slot { index, call: Box::pin((this.send)(request)) });
            }

            // A new call is polled at once: that sends the request and registers the waker.
            match this.slots[at].call.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready(answer) => {
                    // The last slot moves here and is polled next.
                    let Slot { index, call } = this.slots.swap_remove(at);
                    drop(call);
                    this.results[index] = match answer {
                        Ok(answer) => answer.map_err(Failure::Backend),
                        Err(_elapsed) => Err(Failure::TimedOut),
                    };
                }
            }
        }

        // A cancel during this poll has woken the task: the next poll sees it.
        if this.slots.is_empty() {
            return Poll::Ready(mem::take(&mut this.results));
        }
        Poll::Pending
    }
}
