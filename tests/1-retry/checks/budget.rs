//! The delays and the budget, as functions of their arguments.

use std::num::NonZeroU32;
use std::time::Duration;

use harness::doing;
use retry::{RetryBudget, RetryPolicy};

use super::check;

fn policy(base_delay: Duration, max_delay: Duration, jitter: bool) -> RetryPolicy {
    let max_attempts = NonZeroU32::MAX;
    RetryPolicy { max_attempts, base_delay, max_delay, jitter, attempt_timeout: None }
}

/// The formula of the contract, in numbers that hold every product.
fn formula(base: Duration, cap: Duration, retry: u32) -> Duration {
    let doublings = retry - 1;
    // A `Duration` has less than 2^94 nanoseconds.
    let product = match base.as_nanos() {
        0 => 0,
        _ if doublings >= 94 => u128::MAX,
        base => base.saturating_mul(1 << doublings),
    };
    if product >= cap.as_nanos() {
        return cap;
    }
    let (seconds, nanos) = (product / 1_000_000_000, product % 1_000_000_000);
    Duration::new(seconds as u64, nanos as u32)
}

#[track_caller]
fn assert_delay(base: Duration, cap: Duration, retry: u32) {
    let expected = formula(base, cap, retry);
    for jitter in [false, true] {
        let delay = policy(base, cap, jitter).delay(retry);
        assert!(
            delay == expected,
            "with a base of {base:?} and a maximum of {cap:?}, delay({retry}) should be \
             {expected:?}, and is {delay:?}"
        );
    }
}

#[test]
fn the_delay_doubles_up_to_its_maximum() {
    check(|| {
        let milliseconds = Duration::from_millis;
        for retry in 1..=40 {
            assert_delay(milliseconds(100), milliseconds(10_000), retry);
            assert_delay(milliseconds(3), milliseconds(1_000), retry);
            assert_delay(Duration::from_nanos(7), Duration::from_secs(60), retry);
        }
    });
}

#[test]
fn the_delay_is_exact_at_its_extremes() {
    check(|| {
        let nanosecond = Duration::from_nanos(1);
        let retries = [1, 2, 3, 31, 32, 33, 34, 63, 64, 65, 66, 93, 94, 95, 96, 128, 129];
        let last_ones = [1 << 31, u32::MAX - 1, u32::MAX];
        let durations = [
            Duration::ZERO,
            nanosecond,
            Duration::from_nanos(999_999_999),
            Duration::from_secs(1),
            Duration::new(1, 1),
            Duration::from_secs(u64::from(u32::MAX)),
            Duration::MAX / 2,
            Duration::MAX - nanosecond,
            Duration::MAX,
        ];
        for base in durations {
            for cap in durations {
                for retry in retries {
                    assert_delay(base, cap, retry);
                }
                // Who doubles step by step, up to the maximum, never gets there from zero: that
                // is right, and takes for ever.
                if !base.is_zero() {
                    let _doing =
                        doing(format!("computing delay(u32::MAX) from {base:?} up to {cap:?}"));
                    for retry in last_ones {
                        assert_delay(base, cap, retry);
                    }
                }
                // No such retry, and no panic either.
                policy(base, cap, false).delay(0);
            }
        }
    });
}

#[track_caller]
fn assert_tokens(budget: &RetryBudget, expected: f32, when: &str) {
    let tokens = budget.tokens();
    // Half of the thousandth that a budget counts.
    assert!(
        (tokens - expected).abs() < 0.0005,
        "{when}, the budget should have {expected} tokens, and has {tokens}"
    );
}

#[test]
fn the_budget_starts_full_and_is_spent_by_whole_tokens() {
    check(|| {
        let budget = RetryBudget::new(2, 0.5);
        assert_tokens(&budget, 2.0, "at the start");
        assert!(budget.try_spend(), "`try_spend` says no, and there are two tokens");
        assert_tokens(&budget, 1.0, "after one of two was spent");
        assert!(budget.try_spend(), "`try_spend` says no, and there is a token");
        assert!(!budget.try_spend(), "`try_spend` says yes, and there is no token");
        assert_tokens(&budget, 0.0, "after all were spent, and one more was asked for");
        budget.on_success();
        assert!(!budget.try_spend(), "`try_spend` says yes, and there is half a token");
        assert_tokens(&budget, 0.5, "after a success that is worth half a token");
        budget.on_success();
        assert!(budget.try_spend(), "`try_spend` says no, and two halves are there");
        assert_tokens(&budget, 0.0, "after two halves were spent");
        let empty = RetryBudget::new(0, 1.0);
        empty.on_success();
        assert!(!empty.try_spend(), "`try_spend` says yes, and no more than 0 tokens fit");
    });
}

#[test]
fn the_budget_never_exceeds_its_maximum() {
    check(|| {
        let budget = RetryBudget::new(3, 0.7);
        budget.on_success();
        assert_tokens(&budget, 3.0, "after a success with a full budget");
        assert!(budget.try_spend(), "`try_spend` says no, and the budget is full");
        budget.on_success();
        assert_tokens(&budget, 2.7, "after a success with room for it");
        budget.on_success();
        assert_tokens(&budget, 3.0, "after a success with room for a part of it");
        for rate in [1e9, f32::MAX] {
            let generous = RetryBudget::new(3, rate);
            assert!(generous.try_spend(), "`try_spend` says no, and the budget is full");
            generous.on_success();
            assert_tokens(&generous, 3.0, "after a success that is worth very much");
        }
    });
}

#[test]
fn the_budget_counts_thousandths() {
    check(|| {
        for (rate, thousandths) in
            [(0.1, 100), (0.0014, 1), (0.0016, 2), (0.3333, 333), (0.0004, 0), (1.2346, 1235)]
        {
            let budget = RetryBudget::new(100, rate);
            while budget.try_spend() {}
            for _ in 0..10 {
                budget.on_success();
            }
            let expected = 10.0 * thousandths as f32 / 1000.0;
            assert_tokens(&budget, expected, &format!("after ten successes worth {rate} each"));
        }
        // Ten tenths are a whole token, and a thousand of them a hundred.
        let budget = RetryBudget::new(1000, 0.1);
        while budget.try_spend() {}
        for _ in 0..1000 {
            budget.on_success();
        }
        let spent = std::iter::from_fn(|| budget.try_spend().then_some(())).count();
        assert!(spent == 100, "a thousand tenths are 100 tokens, and {spent} could be spent");
    });
}

#[test]
fn a_budget_may_have_very_many_tokens() {
    check(|| {
        // An `f32` is not exact here: the nearest one will do, and the next to that.
        let max = u32::MAX as f32;
        let step = max * f32::EPSILON;
        let budget = RetryBudget::new(u32::MAX, 1.0);
        let full = budget.tokens();
        assert!((full - max).abs() <= step, "a full budget of {} has {full} tokens", u32::MAX);
        assert!(budget.try_spend(), "`try_spend` says no, and very many tokens are there");
        budget.on_success();
        budget.on_success();
        let full = budget.tokens();
        assert!(full <= max + step, "a budget of {} has grown to {full} tokens", u32::MAX);
    });
}
