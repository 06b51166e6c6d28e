//! What the handler does with a [fake backend](super::backend), on a paused clock: time passes only
//! when nothing else can run.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use harness::LocalBoxFuture;
use ollama::{Error, GenerateResponse};
use parallel_handler::{Failure, Limits};
use real_tokio::select;
use real_tokio::time::sleep;
use real_tokio_util::sync::CancellationToken;

use super::any_backend::{AnyBackend, generate_all};
use super::backend::{Backend, Reply, requests};
use super::check_async;

mod cancellation;
mod cleanup;
mod concurrency;
mod results;
mod time_limit;
mod wakers;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A time limit that no check reaches. `Duration::MAX` has a check of its own.
fn up_to(concurrency: usize) -> Limits {
    limits(concurrency, 2 * YEAR)
}

fn limits(concurrency: usize, per_request: Duration) -> Limits {
    let concurrency = NonZeroUsize::new(concurrency).expect("the checks use limits above zero");
    Limits { concurrency, per_request }
}

/// Waits until nothing can run any more.
async fn settle() {
    sleep(ms(1)).await;
}

/// Calls the handler with this many requests, and runs a script beside it until it returns. Boxed, for the reason
/// that [`LocalBoxFuture`] gives.
fn handle_with<'a>(
    backend: &'a Backend,
    count: usize,
    limits: Limits,
    cancel: &'a CancellationToken,
    script: impl Future<Output = ()> + 'a,
) -> LocalBoxFuture<'a, Vec<String>> {
    Box::pin(handle_boxed(backend, count, limits, cancel, Box::pin(script)))
}

async fn handle_boxed(
    backend: &Backend,
    count: usize,
    limits: Limits,
    cancel: &CancellationToken,
    script: LocalBoxFuture<'_, ()>,
) -> Vec<String> {
    let any = AnyBackend(backend);
    let mut call = pin!(generate_all(&any, requests(count), &limits, cancel));
    let results = select! {
        biased;
        results = &mut call => results,
        () = script => call.await,
    };
    readable(&results)
}

/// Calls the handler with this many requests.
async fn handle(backend: &Backend, count: usize, limits: Limits) -> Vec<String> {
    handle_with(backend, count, limits, &CancellationToken::new(), async {}).await
}

/// Results that can be compared and shown.
fn readable(results: &[Result<GenerateResponse, Failure>]) -> Vec<String> {
    let readable = |result: &Result<GenerateResponse, Failure>| match result {
        Ok(response) => format!("response {}", response.response),
        Err(Failure::Backend(Error::Failed { message })) => format!("failure {message}"),
        Err(Failure::Backend(error)) => format!("failure: {error}"),
        Err(Failure::TimedOut) => "timed out".to_owned(),
        Err(Failure::Cancelled) => "cancelled".to_owned(),
    };
    results.iter().map(readable).collect()
}

fn responses(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("response {number}")).collect()
}

/// Fails if only this many requests are, or ever were, in flight although more are waiting.
#[track_caller]
fn assert_concurrent(in_flight: usize, concurrency: usize) {
    let only = match in_flight {
        1 => "only 1 request was".to_owned(),
        _ => format!("only {in_flight} requests were"),
    };
    assert!(
        in_flight >= concurrency,
        "with concurrency {concurrency} {only} in flight while others waited"
    );
}
