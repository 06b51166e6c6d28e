//! One timer for all requests in flight. All have the same limit, so the one that was sent first is
//! the first to time out: the timer is always set to its deadline.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

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

struct Call<'a> {
    index: usize,
    future: Pin<Box<dyn Future<Output = Result<GenerateResponse, ollama::Error>> + 'a>>,
    /// `None` if the limit is too large for an `Instant`: then there is no deadline.
    deadline: Option<Instant>,
}

/// Sends all requests and returns their results, in the order of the requests.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    // In the order in which they were sent.
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| {
        loop {
            if cancelled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            // All free slots are filled first, and then all calls are polled.
            while calls.len() < limits.concurrency.get()
                && let Some((index, request)) = waiting.next()
            {
                let future = Box::pin(backend.generate(request));
                let deadline = Instant::now().checked_add(limits.per_request);
                calls.push(Call { index, future, deadline });
            }
            let (before, now) = (calls.len(), Instant::now());
            calls.retain_mut(|call| match call.future.as_mut().poll(cx) {
                Poll::Ready(answer) => {
                    results[call.index] = answer.map_err(Failure::Backend);
                    false
                }
                Poll::Pending if call.deadline.is_some_and(|deadline| deadline <= now) => {
                    results[call.index] = Err(Failure::TimedOut);
                    false
                }
                Poll::Pending => true,
            });
            if calls.len() < before {
                continue;
            }
            let Some(first) = calls.first() else { return Poll::Ready(()) };
            let Some(deadline) = first.deadline else { return Poll::Pending };
            timer.as_mut().reset(deadline);
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await;
    drop(calls);
    results
}
