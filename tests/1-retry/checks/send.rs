//! Whether the future of `retry` is `Send`.

use std::cell::Cell;
use std::future::pending;

use harness::assert_send;
use ollama::Transient;
use retry::{RetryBudget, RetryError, RetryPolicy, retry};
use tokio_util::sync::CancellationToken;

use super::check_async;

/// `Send` but not `Sync`: it may move to another thread, but two threads may not share it.
struct Movable(Cell<u32>);

impl Transient for Movable {
    fn is_transient(&self) -> bool {
        self.0.get() > 0
    }
}

/// A call of which all parts that are not the answer's are `Send`.
fn call(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    cancel: &CancellationToken,
) -> impl Future<Output = Result<Movable, RetryError<Movable>>> {
    let counter = Movable(Cell::new(0));
    retry(policy, budget, cancel, move |attempt| {
        counter.0.set(attempt);
        let held = Movable(Cell::new(attempt));
        async move {
            pending::<()>().await;
            Err(held)
        }
    })
}

#[test]
fn the_future_is_send() {
    check_async(|| async {
        let policy = RetryPolicy {
            max_attempts: std::num::NonZeroU32::MIN,
            base_delay: std::time::Duration::ZERO,
            max_delay: std::time::Duration::ZERO,
            jitter: false,
            attempt_timeout: None,
        };
        let (budget, cancel) = (RetryBudget::new(1, 0.5), CancellationToken::new());
        assert_send!(call(&policy, &budget, &cancel), "the future of `retry`");
    });
}

/// Does not compile if the check above fails: rustc's error has the type and the line.
#[cfg(show_send_errors)]
#[allow(dead_code, reason = "it only has to compile")]
fn requires_send(policy: &RetryPolicy, budget: &RetryBudget, cancel: &CancellationToken) {
    fn send(_: impl Send) {}
    send(call(policy, budget, cancel));
}
