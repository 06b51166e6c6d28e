//! The time of a call runs only from when it has become the oldest in flight.
//! Caught by: `the_time_of_a_request_runs_from_its_sending`
//!
//! A limit of 50 ms and two calls that never end, sent at once: the second is timed out 50 ms after
//! the first.

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
    /// None if it is not running yet, or so far away that it does not matter.
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
                        calls.push(Call { index, future, deadline: None });
                    }
                }
            }
            let Some(first) = calls.first_mut() else { return Poll::Ready(()) };
            if first.deadline.is_none() {
                first.deadline = Instant::now().checked_add(limits.per_request);
            }
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
