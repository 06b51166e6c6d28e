//! A future written by hand. The calls in flight lie in slots; each poll goes through all of them,
//! and sends the next request as soon as a slot is free.

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

/// How many requests may be in flight, and for how long each.
#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

/// Sends all requests, and returns what came of each, in their order.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let all = All {
        send: |request| timeout(limits.per_request, backend.generate(request)),
        queue: requests.iter().enumerate(),
        slots: Vec::new(),
        room: limits.concurrency.get(),
        // Until something better is known of it, each counts as cancelled.
        results: requests.iter().map(|_| Err(Failure::Cancelled)).collect(),
        cancel,
        cancelled: Box::pin(cancel.cancelled()),
    };
    all.await
}

struct All<'a, Send, Call> {
    send: Send,
    queue: Enumerate<slice::Iter<'a, GenerateRequest>>,
    slots: Vec<Slot<Call>>,
    /// How many slots there may be. They are made as they are needed.
    room: usize,
    results: Vec<Result<GenerateResponse, Failure>>,
    cancel: &'a CancellationToken,
    /// The same token, for the wake-up that it gives.
    cancelled: Pin<Box<WaitForCancellationFuture<'a>>>,
}

struct Slot<Call> {
    place: usize,
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

        let mut turn = 0;
        loop {
            // Past the last slot: time to make another one, if there is room and need for it.
            if turn == this.slots.len() {
                if turn == this.room || this.cancel.is_cancelled() {
                    break;
                }
                let Some((place, request)) = this.queue.next() else { break };
                this.slots.push(Slot { place, call: Box::pin((this.send)(request)) });
            }

            // A new call is polled at once, so that it is under way and wakes this task.
            match this.slots[turn].call.as_mut().poll(cx) {
                Poll::Pending => turn += 1,
                Poll::Ready(answer) => {
                    // The last slot takes its place, and has its turn next.
                    let Slot { place, call } = this.slots.swap_remove(turn);
                    drop(call);
                    this.results[place] = match answer {
                        Ok(answer) => answer.map_err(Failure::Backend),
                        Err(_elapsed) => Err(Failure::TimedOut),
                    };
                }
            }
        }

        // A cancel during this poll has woken the task already; the next poll deals with it.
        if this.slots.is_empty() {
            return Poll::Ready(mem::take(&mut this.results));
        }
        Poll::Pending
    }
}
