//! The waits with jitter. What is asserted of random draws holds for uniform ones in all but one
//! of 10^10 runs.

use retry::RetryPolicy;

use super::*;

/// A policy whose delays are all the same, with jitter.
fn jitter(delay: Duration, max_attempts: u32) -> RetryPolicy {
    RetryPolicy { base_delay: delay, max_delay: delay, jitter: true, ..policy(max_attempts) }
}

const CALLS: usize = 100;
const WAITS: usize = 20;

/// The waits of many calls with jitter, all with the same delay, whose attempts all do the same.
async fn waits(delay: Duration, attempt: Plan) -> Vec<[Duration; WAITS]> {
    let policy = jitter(delay, WAITS as u32 + 1);
    let mut waits = Vec::new();
    for _ in 0..CALLS {
        let run = run(&policy, &[attempt; WAITS + 1]).await;
        waits.push(run.gaps().try_into().expect("a wait before each retry"));
    }
    waits
}

#[test]
fn jitter_is_uniform_up_to_the_delay() {
    check_async(|| async {
        // 400 ms, too: a draw may be a whole number of milliseconds, but not of seconds.
        for delay in [Duration::from_secs(1_000), ms(400)] {
            let waits = waits(delay, Fails).await.concat();
            let longest = waits.iter().max().expect("there were waits");
            assert!(
                *longest <= delay,
                "with a delay of {delay:?} and jitter, no wait should be longer, but one lasted \
                 {longest:?}"
            );
            for quarter in 0..4 {
                let range = delay * quarter / 4..delay * (quarter + 1) / 4;
                let within = waits.iter().filter(|wait| range.contains(wait)).count();
                let share = within * 100 / waits.len();
                assert!(
                    (18..=32).contains(&share),
                    "with a delay of {delay:?} and jitter, a quarter of the waits should last {} to \
                     {} % of the delay, but {share} % of them did",
                    25 * quarter,
                    25 * (quarter + 1)
                );
            }
        }
    });
}

#[test]
fn each_wait_draws_its_own_jitter() {
    check_async(|| async {
        let delay = Duration::from_secs(1_000);
        for (attempt, whose) in [(Fails, ""), (AsksFor(ms(1)), ", whose errors ask for 1 ms,")] {
            for waits in waits(delay, attempt).await {
                assert!(
                    waits.iter().any(|wait| *wait != waits[0]),
                    "all {WAITS} waits of a call with jitter{whose} lasted {:?}",
                    waits[0]
                );
            }
        }
        // Independent draws have an autocorrelation of about 0.
        let waits: Vec<f64> =
            waits(delay, Fails).await.concat().iter().map(Duration::as_secs_f64).collect();
        let mean = waits.iter().sum::<f64>() / waits.len() as f64;
        let product: f64 = waits.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
        let square: f64 = waits.iter().map(|wait| (wait - mean).powi(2)).sum();
        assert!(
            (product / square).abs() < 0.2,
            "the jitter of a wait depends on that of the wait before it"
        );
    });
}

#[test]
fn jitter_grows_with_the_delay() {
    check_async(|| async {
        let policy = RetryPolicy { jitter: true, ..policy(4) };
        let delays = [100, 200, 400].map(ms);
        let mut longest = [Duration::ZERO; 3];
        for _ in 0..CALLS {
            let run = run(&policy, &[Fails; 4]).await;
            for (longest, wait) in longest.iter_mut().zip(run.gaps()) {
                *longest = (*longest).max(wait);
            }
        }
        for (retry, (longest, delay)) in longest.into_iter().zip(delays).enumerate() {
            assert!(
                longest <= delay,
                "the delay before retry {} is {delay:?}, but a wait with jitter lasted {longest:?}",
                retry + 1
            );
        }
        assert!(
            longest[2] > delays[0],
            "the third delay is 400 ms, but none of {CALLS} waits with jitter was longer than the \
             first delay, 100 ms"
        );
    });
}

#[test]
fn jitter_differs_between_calls() {
    check_async(|| async {
        let policy = jitter(Duration::from_secs(1_000_000), 6);
        let plan = [Fails; 6];
        let (first, second) = (run(&policy, &plan).await, run(&policy, &plan).await);
        assert!(
            first.starts() != second.starts(),
            "two calls with jitter made all their attempts at the same times"
        );
    });
}
