//! Whether the future of `retry` is `Send`.

use std::cell::Cell;
use std::future::pending;
use std::num::NonZeroU32;
use std::time::Duration;

use harness::assert_send;
use ollama::Transient;
use retry::{RetryBudget, RetryPolicy, retry};
use tokio_util::sync::CancellationToken;

use super::check;

/// `Send` but not `Sync`: it may move to another thread, but two threads may not share it.
struct Movable(Cell<u32>);

impl Transient for Movable {
    fn is_transient(&self) -> bool {
        self.0.get() > 0
    }
}

#[test]
fn the_future_is_send() {
    check(|| {
        let policy = RetryPolicy {
            max_attempts: NonZeroU32::MIN,
            base_delay: Duration::ZERO,
            max_delay: Duration::ZERO,
            jitter: false,
            attempt_timeout: None,
        };
        let (budget, cancel) = (RetryBudget::new(1, 0.5), CancellationToken::new());
        let counter = Movable(Cell::new(0));
        let call = retry(&policy, &budget, &cancel, move |attempt| {
            counter.0.set(attempt);
            let held = Movable(Cell::new(attempt));
            async move {
                pending::<()>().await;
                Err::<Movable, Movable>(held)
            }
        });
        assert_send!(call, "the future of `retry`");
    });
}

/// Does not compile if the check above fails: rustc's error has the type and the line. It names
/// the line only of code in the same crate, and so this is about the file's second mount.
#[cfg(all(show_send_errors, not(unexplored)))]
#[allow(dead_code, reason = "it only has to compile")]
fn require_send(
    policy: &crate::instrumented::RetryPolicy,
    budget: &crate::instrumented::RetryBudget,
    cancel: &CancellationToken,
) {
    fn send(_: impl Send) {}
    send(crate::instrumented::retry(policy, budget, cancel, |_| pending::<Result<(), Movable>>()));
}
