//! What the caller's token does.

use std::future::{poll_fn, ready};
use std::task::Poll;

use harness::Polling;
use retry::{RetryError, RetryPolicy, retry};
use tokio_util::sync::CancellationToken;

use super::*;

/// A token that is cancelled after this time.
fn cancelled_after(time: Duration) -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        sleep(time).await;
        cancel.cancel();
    });
    token
}

#[test]
fn cancellation_ends_a_wait() {
    check_async(|| async {
        let cancel = cancelled_after(ms(251));
        let run = run_with(&policy(5), &ample(), &cancel, &[Fails, Fails, Succeeds]).await;
        assert_cancelled(&run, "during the second wait");
        assert_took(&run, ms(251), "a call that is cancelled after 251 ms, during a wait,");
    });
}

#[test]
fn cancellation_ends_an_attempt() {
    check_async(|| async {
        for attempt_timeout in [None, Some(ms(5_000))] {
            let cancel = cancelled_after(ms(251));
            let policy = RetryPolicy { attempt_timeout, ..policy(5) };
            let run = run_with(&policy, &ample(), &cancel, &[SucceedsAfter(ms(1_000))]).await;
            assert_cancelled(&run, "during an attempt");
            assert_took(&run, ms(251), "a call that is cancelled after 251 ms, during an attempt,");
            assert!(
                run.log.running.get() == 0,
                "`retry` returned `Cancelled`, but the attempt was not dropped"
            );
        }
    });
}

#[test]
fn no_attempt_starts_after_cancellation() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let run = run_with(&policy(5), &ample(), &cancel, &[Succeeds]).await;
        assert!(
            run.calls() == 0,
            "the token was cancelled before the call, but an attempt started"
        );
        assert_cancelled(&run, "before the call");

        // The attempt itself cancels, and the delay is zero: nothing is ever pending.
        let policy = RetryPolicy { base_delay: Duration::ZERO, ..policy(5) };
        let cancel = CancellationToken::new();
        let calls = Cell::new(0);
        let result = retry(&policy, &ample(), &cancel, |attempt| {
            calls.set(attempt);
            cancel.cancel();
            ready(Err(Fault::transient(attempt)))
        })
        .await;
        assert!(calls.get() == 1, "the first attempt cancelled the token, but another one started");
        assert!(
            matches!(result, Err(RetryError::Cancelled)),
            "the first attempt cancelled the token: `retry` should have returned `Cancelled`, but \
             returned {}",
            in_words(&result)
        );
    });
}

#[test]
fn a_success_in_the_same_poll_as_the_cancellation_is_returned() {
    // A `select!` that is not biased gets it right half of the time.
    const TIMES: usize = 64;
    check_async(|| async {
        for _ in 0..TIMES {
            let (policy, budget, cancel) = (policy(5), ample(), CancellationToken::new());
            let done = Cell::new(false);
            let mut call = Polling::new(retry(&policy, &budget, &cancel, |_| {
                poll_fn(|_| match done.get() {
                    true => Poll::Ready(Ok::<_, Fault>("done")),
                    false => Poll::Pending,
                })
            }));
            assert!(call.poll().is_pending(), "`retry` returned while its attempt was pending");
            done.set(true);
            cancel.cancel();
            assert!(
                matches!(call.poll(), Poll::Ready(Ok("done"))),
                "the attempt was ready with `Ok` in the poll in which the token was cancelled, but \
                 `retry` did not return its result"
            );
        }
    });
}

#[test]
fn the_callers_token_is_never_cancelled() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        let limited = RetryPolicy { attempt_timeout: Some(ms(10)), ..policy(2) };
        let plans: [&[Plan]; 4] =
            [&[Succeeds], &[FailsPermanently], &[Fails, Fails], &[SucceedsAfter(ms(20)); 2]];
        for plan in plans {
            let run = run_with(&limited, &ample(), &cancel, plan).await;
            assert!(
                !cancel.is_cancelled(),
                "`retry` returned {}, and cancelled the caller's token",
                run.returned()
            );
        }
    });
}
