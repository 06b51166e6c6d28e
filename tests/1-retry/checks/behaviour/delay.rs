//! `RetryPolicy::delay`, as a function of its arguments.

use harness::doing;
use retry::RetryPolicy;

use super::*;

/// The formula of the contract, in integers that hold every product.
fn formula(base: Duration, maximum: Duration, retry: u32) -> Duration {
    let doublings = retry - 1;
    // A `Duration` has less than 2^94 nanoseconds.
    let product = match base.as_nanos() {
        0 => 0,
        _ if doublings >= 94 => u128::MAX,
        base => base.saturating_mul(1 << doublings),
    };
    if product >= maximum.as_nanos() {
        return maximum;
    }
    let (seconds, nanos) = (product / 1_000_000_000, product % 1_000_000_000);
    Duration::new(seconds as u64, nanos as u32)
}

fn delay(base_delay: Duration, max_delay: Duration, jitter: bool, retry: u32) -> Duration {
    let _doing = doing(format!(
        "computing delay({retry}) with base {base_delay:?} and maximum {max_delay:?}"
    ));
    RetryPolicy { base_delay, max_delay, jitter, ..policy(1) }.delay(retry)
}

#[track_caller]
fn assert_delay(base: Duration, maximum: Duration, retry: u32) {
    let expected = formula(base, maximum, retry);
    for jitter in [false, true] {
        let delay = delay(base, maximum, jitter, retry);
        let with_jitter = if jitter { ", with `jitter` set," } else { "" };
        assert!(
            delay == expected,
            "delay({retry}) with base {base:?} and maximum {maximum:?}{with_jitter} should be \
             {expected:?}, but is {delay:?}"
        );
    }
}

// The first two checks leave out what overflows in `base_delay * 2u32.pow(retry - 1)`: that is
// the finding of the third one alone.

#[test]
fn the_delay_doubles_up_to_the_maximum() {
    check(|| {
        for retry in 1..=32 {
            assert_delay(ms(100), ms(10_000), retry);
            assert_delay(ms(3), ms(1_000), retry);
            assert_delay(Duration::from_micros(7), Duration::from_secs(60), retry);
            // A base above the maximum.
            assert_delay(ms(500), ms(200), retry);
        }
    });
}

#[test]
fn the_delay_is_exact_to_the_nanosecond() {
    check(|| {
        let nanosecond = Duration::from_nanos(1);
        let bases = [
            Duration::ZERO,
            nanosecond,
            Duration::from_nanos(999_999_999),
            Duration::new(1, 1),
            DAY + nanosecond,
            Duration::from_secs(u64::from(u32::MAX)) + nanosecond,
        ];
        let maxima = [Duration::ZERO, nanosecond, DAY + nanosecond, Duration::MAX - nanosecond];
        for base in bases {
            for maximum in maxima {
                for retry in 1..=32 {
                    assert_delay(base, maximum, retry);
                }
            }
        }
    });
}

#[test]
fn delay_never_panics() {
    check(|| {
        for retry in [33, 34, 64, 65, 1_000, u32::MAX] {
            assert_delay(ms(10), Duration::from_secs(10), retry);
        }
        // There is no such retry; any value will do.
        delay(ms(10), Duration::from_secs(10), false, 0);
        let nanosecond = Duration::from_nanos(1);
        let retries = [1, 2, 3, 31, 32, 33, 34, 63, 64, 65, 66, 93, 94, 95, 96, 128, 129];
        let last_ones = [1 << 31, u32::MAX - 1, u32::MAX];
        let durations = [
            Duration::ZERO,
            nanosecond,
            Duration::from_secs(1),
            Duration::from_secs(u64::from(u32::MAX)),
            Duration::MAX / 2,
            Duration::MAX - nanosecond,
            Duration::MAX,
        ];
        for base in durations {
            for maximum in durations {
                for retry in retries {
                    assert_delay(base, maximum, retry);
                }
                // An answer that doubles step by step until it reaches the maximum is right, but
                // never gets there from zero: four billion steps take too long for a check.
                if !base.is_zero() {
                    for retry in last_ones {
                        assert_delay(base, maximum, retry);
                    }
                }
                delay(base, maximum, false, 0);
            }
        }
    });
}
