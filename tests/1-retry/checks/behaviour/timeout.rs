//! `attempt_timeout`.

use retry::{RetryBudget, RetryPolicy};
use tokio_util::sync::CancellationToken;

use super::*;

fn limited(attempt_timeout: Duration, max_attempts: u32) -> RetryPolicy {
    RetryPolicy { attempt_timeout: Some(attempt_timeout), ..policy(max_attempts) }
}

#[test]
fn a_timed_out_attempt_is_retried() {
    check_async(|| async {
        let plan = [SucceedsAfter(DAY), SucceedsAfter(ms(301)), FailsAfter(DAY), Succeeds];
        let run = run(&limited(ms(300), 5), &plan).await;
        assert_ok(&run, 4, "the first three attempts take longer than their timeout of 300 ms");
        assert_starts(
            &run,
            [0, 400, 900, 1_600],
            "three attempts that time out after 300 ms, and waits of 100, 200 and 400 ms",
        );
    });
}

#[test]
fn retrying_a_timeout_costs_one_token() {
    check_async(|| async {
        for (attempts, left) in [(1, 10.0), (2, 9.0), (4, 7.0)] {
            let budget = RetryBudget::new(10, 0.0);
            let plan = vec![SucceedsAfter(DAY); attempts as usize];
            run_with(&limited(ms(300), attempts), &budget, &CancellationToken::new(), &plan).await;
            let attempts = count(attempts, "attempt");
            let when = format!("after {attempts} that timed out, from 10 tokens");
            assert_tokens(&budget, left, &when);
        }
    });
}

#[test]
fn a_timeout_of_zero_is_a_timeout() {
    check_async(|| async {
        let run = run(&limited(Duration::ZERO, 2), &[SucceedsAfter(DAY), Succeeds]).await;
        assert_ok(&run, 2, "the first attempt takes a day, and its timeout is zero");
        assert_took(&run, ms(100), "an attempt with a timeout of zero, and a wait of 100 ms,");
    });
}

#[test]
fn progress_does_not_extend_the_timeout() {
    check_async(|| async {
        let run = run(&limited(ms(300), 2), &[SucceedsAfterWakes(30), Succeeds]).await;
        assert!(
            run.calls() == 2,
            "the first attempt takes 3 s, woken every 100 ms: it should time out after 300 ms, but \
             ended after {:?}",
            run.took
        );
        assert_starts(
            &run,
            [0, 400],
            "an attempt that times out after 300 ms, and a wait of 100 ms",
        );
    });
}

#[test]
fn the_timeout_applies_to_each_attempt() {
    check_async(|| async {
        let long = ms(250);
        let plan = [FailsAfter(long), FailsAfter(long), FailsAfter(long), SucceedsAfter(long)];
        let run = run(&limited(ms(300), 4), &plan).await;
        assert_ok(&run, 4, "each attempt takes 250 ms, less than its timeout of 300 ms");
        assert_took(
            &run,
            ms(4 * 250 + 700),
            "four attempts of 250 ms with a timeout of 300 ms each, and waits of 700 ms together,",
        );

        let timeout = Duration::from_micros(900);
        let run = super::run(&limited(timeout, 1), &[SucceedsSoon]).await;
        let seen = format!("the attempt takes no time, and its timeout is {timeout:?}");
        assert_ok(&run, 1, &seen);
    });
}

#[test]
fn a_result_exactly_at_the_timeout_counts() {
    check_async(|| async {
        for (timeout, plan) in [(ms(300), SucceedsAfter(ms(300))), (Duration::ZERO, Succeeds)] {
            let run = run(&limited(timeout, 1), &[plan]).await;
            assert!(
                run.result.is_ok(),
                "the attempt succeeded exactly at its timeout of {timeout:?}, but `retry` returned \
                 {}",
                run.returned()
            );
        }
    });
}

#[test]
fn a_timed_out_attempt_is_dropped_before_the_wait() {
    check_async(|| async {
        let run = run(&limited(ms(300), 2), &[SucceedsAfter(DAY), Succeeds]).await;
        let dropped = run.log.dropped.borrow().clone();
        let [(1, at)] = dropped[..] else {
            panic!("the first attempt timed out, but was not dropped");
        };
        assert!(
            at == ms(300),
            "the first attempt timed out after 300 ms, but was dropped after {at:?}"
        );
    });
}
