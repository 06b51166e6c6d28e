//! Exercise 1: retry, beside backon.

use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use benchmarks::{GROWING, SOLUTION, criterion, on_one_thread, row};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ollama::Transient;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

/// What is done in one measurement: calls one after the other, each of which succeeds at its last
/// attempt.
#[derive(Clone, Copy)]
struct Work {
    calls: usize,
    attempts: u32,
}

const BASE: Duration = Duration::from_secs(1);
const MAX: Duration = Duration::from_secs(3600);

/// The server is busy.
#[derive(Clone, Debug)]
struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("busy")
    }
}

impl std::error::Error for Busy {}

impl Transient for Busy {
    fn is_transient(&self) -> bool {
        true
    }
}

/// Fails until the last attempt.
async fn attempt(number: u32, succeeds_at: u32) -> Result<u32, Busy> {
    if number < succeeds_at { Err(Busy) } else { Ok(number) }
}

macro_rules! retry {
    ($name:ident, $retry:ident) => {
        async fn $name(Work { calls, attempts }: Work) {
            use $retry::{RetryBudget, RetryPolicy, retry};
            let policy = RetryPolicy {
                max_attempts: NonZeroU32::new(attempts).expect("there are attempts"),
                base_delay: BASE,
                max_delay: MAX,
                jitter: true,
                attempt_timeout: None,
            };
            let budget = RetryBudget::new(1_000_000, 1.0);
            let cancel = CancellationToken::new();
            for _ in 0..calls {
                let call = retry(&policy, &budget, &cancel, |number| attempt(number, attempts));
                assert_eq!(call.await.expect("the last attempt succeeds"), attempts);
            }
        }
    };
}

#[cfg(feature = "answer-1")]
retry!(answer, answer_1);
retry!(solution, solved_1);

/// Without a budget and a cancel, which backon does not have.
async fn backon(Work { calls, attempts }: Work) {
    let policy = ExponentialBuilder::new()
        .with_min_delay(BASE)
        .with_max_delay(MAX)
        .with_max_times(attempts as usize - 1)
        .with_jitter();
    for _ in 0..calls {
        let mut number = 0;
        let call = || {
            number += 1;
            attempt(number, attempts)
        };
        let call = call.retry(policy);
        assert_eq!(call.await.expect("the last attempt succeeds"), attempts);
    }
}

fn retries(criterion: &mut Criterion, runtime: &Runtime, name: &str, items: usize, work: Work) {
    macro_rules! bench {
        ($retry_name:expr, $retry:ident) => {
            bench(criterion, runtime, name, $retry_name, items, || $retry(work))
        };
    }
    #[cfg(feature = "answer-1")]
    bench!(benchmarks::ANSWER, answer);
    bench!(SOLUTION, solution);
    bench!("backon", backon);
}

fn bench<F: Future<Output = ()>>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    retry_name: &str,
    items: usize,
    retry: impl Fn() -> F,
) {
    let mut row = row(criterion, name, items);
    row.bench_function(BenchmarkId::new(retry_name, items), |bencher| {
        bencher.iter(|| runtime.block_on(retry()));
    });
}

fn all(criterion: &mut Criterion) {
    let runtime = on_one_thread();
    for calls in GROWING {
        let work = Work { calls, attempts: 1 };
        retries(criterion, &runtime, "the first attempt succeeds", calls, work);
    }
    let paused = Builder::new_current_thread().enable_time().start_paused(true).build();
    let paused = paused.expect("a runtime");
    let work = Work { calls: 100, attempts: 10 };
    let name = "the tenth attempt succeeds, on a paused clock";
    retries(criterion, &paused, name, work.calls, work);
    for attempts in GROWING {
        let work = Work { calls: 1, attempts: attempts as u32 };
        retries(criterion, &paused, "attempts of one call, on a paused clock", attempts, work);
    }
}

criterion_group! { name = benches; config = criterion(); targets = all }
criterion_main!(benches);
