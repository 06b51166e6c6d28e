//! Exercise 1: retry, beside backon.

use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use benchmarks::{SOLUTION, criterion, on_one_thread, row};
use criterion::{Criterion, criterion_group, criterion_main};
use ollama::Transient;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

/// Calls in one measurement.
const CALLS: usize = 1_000;
/// Attempts of a call that waits long between them.
const ATTEMPTS: u32 = 10;
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
        async fn $name(calls: usize, succeeds_at: u32) {
            use $retry::{RetryBudget, RetryPolicy, retry};
            let policy = RetryPolicy {
                max_attempts: NonZeroU32::new(ATTEMPTS).expect("there are attempts"),
                base_delay: BASE,
                max_delay: MAX,
                jitter: true,
                attempt_timeout: None,
            };
            let budget = RetryBudget::new(1_000_000, 1.0);
            let cancel = CancellationToken::new();
            for _ in 0..calls {
                let call = retry(&policy, &budget, &cancel, |number| attempt(number, succeeds_at));
                assert_eq!(call.await.expect("the last attempt succeeds"), succeeds_at);
            }
        }
    };
}

#[cfg(feature = "answer-1")]
retry!(answer, answer_1);
retry!(solution, solved_1);

/// Without a budget and a cancel, which backon does not have.
async fn backon(calls: usize, succeeds_at: u32) {
    let policy = ExponentialBuilder::new()
        .with_min_delay(BASE)
        .with_max_delay(MAX)
        .with_max_times(ATTEMPTS as usize - 1)
        .with_jitter();
    for _ in 0..calls {
        let mut number = 0;
        let call = || {
            number += 1;
            attempt(number, succeeds_at)
        };
        let call = call.retry(policy);
        assert_eq!(call.await.expect("the last attempt succeeds"), succeeds_at);
    }
}

fn bench<F: Future<Output = ()>>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    (name, succeeds_at): (&str, u32),
    retry_name: &str,
    retry: impl Fn(usize, u32) -> F,
) {
    let calls = CALLS / succeeds_at as usize;
    row(criterion, name, calls).bench_function(retry_name, |bencher| {
        bencher.iter(|| runtime.block_on(retry(calls, succeeds_at)));
    });
}

fn all(criterion: &mut Criterion) {
    let paused = Builder::new_current_thread().enable_time().start_paused(true).build();
    let rows = [
        (on_one_thread(), ("the first attempt succeeds", 1)),
        (paused.expect("a runtime"), ("the tenth attempt succeeds, on a paused clock", ATTEMPTS)),
    ];
    for (runtime, row) in rows {
        #[cfg(feature = "answer-1")]
        bench(criterion, &runtime, row, benchmarks::ANSWER, answer);
        bench(criterion, &runtime, row, SOLUTION, solution);
        bench(criterion, &runtime, row, "backon", backon);
    }
}

criterion_group! { name = benches; config = criterion(); targets = all }
criterion_main!(benches);
