//! A list of boxed calls, polled by hand in a `poll_fn`: each poll removes the calls that have ended
//! and sends as many new ones as there is room for.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
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
    future: Pin<Box<dyn Future<Output = Result<GenerateResponse, Failure>> + 'a>>,
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
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut cancelled = pin!(cancel.cancelled());
    poll_fn(|cx| {
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        calls.retain_mut(|call| match call.future.as_mut().poll(cx) {
            Poll::Ready(result) => {
                results[call.index] = result;
                false
            }
            Poll::Pending => true,
        });
        while calls.len() < limits.concurrency.get() && !cancel.is_cancelled() {
            let Some((index, request)) = waiting.next() else { break };
            let mut future = Box::pin(send(backend, request, limits.per_request));
            match future.as_mut().poll(cx) {
                Poll::Ready(result) => results[index] = result,
                Poll::Pending => calls.push(Call { index, future }),
            }
        }
        if calls.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    drop(calls);
    results
}

async fn send<B: Generate>(
    backend: &B,
    request: &GenerateRequest,
    limit: Duration,
) -> Result<GenerateResponse, Failure> {
    match timeout(limit, backend.generate(request)).await {
        Ok(answer) => answer.map_err(Failure::Backend),
        Err(_elapsed) => Err(Failure::TimedOut),
    }
}
