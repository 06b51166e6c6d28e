//! The one timer is polled only when it has been set to another deadline, so it keeps the waker of that poll.
//! Caught by: `it_may_be_polled_by_another_task`
//!
//! It is polled by one task, then by another, and then a time is up: only the first one is woken.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone)]
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

struct Call<'a> {
    index: usize,
    future: Pin<Box<dyn Future<Output = Result<GenerateResponse, ollama::Error>> + 'a>>,
    /// None is so far away that it does not matter.
    deadline: Option<Instant>,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    // In the order in which they were sent, so the first deadline comes first.
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut set_to = None;
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| {
        loop {
            if cancelled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let now = Instant::now();
            calls.retain_mut(|call| match call.future.as_mut().poll(cx) {
                Poll::Ready(result) => {
                    results[call.index] = result.map_err(Failure::Backend);
                    false
                }
                Poll::Pending if call.deadline.is_some_and(|deadline| deadline <= now) => {
                    results[call.index] = Err(Failure::TimedOut);
                    false
                }
                Poll::Pending => true,
            });
            while calls.len() < limits.concurrency.get() && !cancel.is_cancelled() {
                let Some((index, request)) = waiting.next() else { break };
                let mut future = Box::pin(backend.generate(request));
                match future.as_mut().poll(cx) {
                    Poll::Ready(result) => results[index] = result.map_err(Failure::Backend),
                    Poll::Pending => {
                        let deadline = Instant::now().checked_add(limits.per_request);
                        calls.push(Call { index, future, deadline });
                    }
                }
            }
            let Some(first) = calls.first() else { return Poll::Ready(()) };
            let Some(deadline) = first.deadline else { return Poll::Pending };
            if set_to == Some(deadline) && !timer.is_elapsed() {
                // It is running already.
                return Poll::Pending;
            }
            set_to = Some(deadline);
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
