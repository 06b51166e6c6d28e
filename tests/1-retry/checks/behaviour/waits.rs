//! The waits between the attempts.

use harness::doing;
use retry::RetryPolicy;

use super::*;

#[test]
fn each_wait_lasts_its_delay() {
    check_async(|| async {
        let run = run(&policy(7), &[Fails, Fails, Fails, Fails, Fails, Fails, Succeeds]).await;
        assert_starts(
            &run,
            [0, 100, 300, 700, 1500, 2300, 3100],
            "with delays of 100, 200, 400, 800, 800 and 800 ms",
        );

        let delay = Duration::from_micros(900);
        let short = RetryPolicy { base_delay: delay, max_delay: delay, ..policy(2) };
        let wait = super::run(&short, &[Fails, Succeeds]).await.gaps()[0];
        assert!(wait >= delay, "with a delay of {delay:?}, a wait lasted {wait:?}");
    });
}

#[test]
fn a_wait_starts_when_the_attempt_has_failed() {
    check_async(|| async {
        let plan = [FailsAfter(ms(30)), FailsAfter(ms(500)), Succeeds];
        let run = run(&policy(3), &plan).await;
        assert_starts(
            &run,
            [0, 130, 830],
            "attempts that take 30 and 500 ms, followed by waits of 100 and 200 ms",
        );
    });
}

#[test]
fn there_is_no_wait_after_the_last_attempt() {
    check_async(|| async {
        let run = run(&policy(3), &[Fails, Fails, Fails]).await;
        assert_took(&run, ms(300), "three failed attempts with waits of 100 and 200 ms in between");
    });
}

#[test]
fn a_wait_is_at_least_retry_after() {
    check_async(|| async {
        for (asked, wait) in [(500, 500), (5_000, 5_000), (40, 100), (100, 100), (0, 100)] {
            let run = run(&policy(2), &[AsksFor(ms(asked)), Succeeds]).await;
            assert_starts(
                &run,
                [0, wait],
                &format!("with a `retry_after` of {asked} ms and a delay of 100 ms"),
            );
        }

        // Of 64 draws from 0 to 100 ms, some are below 60.
        let jitter = RetryPolicy { jitter: true, max_delay: ms(100), ..policy(17) };
        for _ in 0..4 {
            let run = run(&jitter, &[AsksFor(ms(60)); 17]).await;
            for wait in run.gaps() {
                assert!(
                    (ms(60)..=ms(100)).contains(&wait),
                    "with a `retry_after` of 60 ms and a delay of 100 ms with jitter, a wait should \
                     last 60 to 100 ms, but lasted {wait:?}"
                );
            }
        }
    });
}

#[test]
fn retry_after_gets_no_jitter() {
    check_async(|| async {
        let policy = RetryPolicy { jitter: true, ..policy(20) };
        let run = run(&policy, &[AsksFor(ms(3_000)); 20]).await;
        for wait in run.gaps() {
            assert!(
                wait == ms(3_000),
                "with a `retry_after` of 3 s and shorter delays with jitter, each wait should \
                 last 3 s, but one lasted {wait:?}"
            );
        }
    });
}

#[test]
fn the_longest_durations_never_panic() {
    check_async(|| async {
        let longest = Duration::MAX;
        let delays = RetryPolicy { base_delay: longest, max_delay: longest, ..policy(3) };
        let lasts_a_year = |policy: RetryPolicy, plan: &'static [Plan], wait: &'static str| async move {
            let _doing = doing(format!("waiting for {wait}"));
            let ended = tokio::time::timeout(365 * DAY, run(&policy, plan)).await.is_ok();
            assert!(!ended, "a wait for {wait} ended within a year");
        };
        lasts_a_year(delays.clone(), &[Fails], "a delay of `Duration::MAX`").await;
        lasts_a_year(policy(3), &[AsksFor(Duration::MAX)], "a `retry_after` of `Duration::MAX`")
            .await;
        // Some 292 billion years in the mean: a draw of less than a year does not happen.
        let jitter = RetryPolicy { jitter: true, ..delays };
        lasts_a_year(jitter, &[Fails], "a delay of `Duration::MAX` with jitter").await;

        let _doing = doing("making an attempt with a timeout of `Duration::MAX`");
        let limited = RetryPolicy { attempt_timeout: Some(longest), ..policy(3) };
        let run = run(&limited, &[SucceedsAfter(DAY)]).await;
        assert_ok(&run, 1, "an attempt took a day, with a timeout of `Duration::MAX`");
    });
}
