//! `RetryBudget`, used by one thread.

use harness::doing;
use retry::RetryBudget;

use super::{assert_tokens, check};

#[test]
fn the_budget_starts_full_and_spends_whole_tokens() {
    check(|| {
        let budget = RetryBudget::new(2, 0.5);
        assert_tokens(&budget, 2.0, "at the start");
        assert!(budget.try_spend(), "`try_spend` returned `false` although 2 tokens were left");
        assert_tokens(&budget, 1.0, "after 1 of 2 tokens was spent");
        assert!(budget.try_spend(), "`try_spend` returned `false` although 1 token was left");
        assert!(!budget.try_spend(), "`try_spend` returned `true` although no token was left");
        assert_tokens(
            &budget,
            0.0,
            "after both tokens were spent and `try_spend` returned `false`",
        );
        budget.on_success();
        assert!(!budget.try_spend(), "`try_spend` returned `true` although 0.5 tokens were left");
        assert_tokens(&budget, 0.5, "after a success worth 0.5 tokens");
        budget.on_success();
        assert!(budget.try_spend(), "`try_spend` returned `false` after two successes worth 0.5");
        assert_tokens(&budget, 0.0, "after two successes worth 0.5 were spent");
        let empty = RetryBudget::new(0, 1.0);
        empty.on_success();
        assert!(!empty.try_spend(), "`try_spend` returned `true` although the maximum is 0 tokens");
    });
}

#[test]
fn the_budget_never_exceeds_its_maximum() {
    check(|| {
        let budget = RetryBudget::new(3, 0.7);
        budget.on_success();
        assert_tokens(&budget, 3.0, "after a success while the budget was full");
        assert!(budget.try_spend(), "`try_spend` returned `false` although the budget was full");
        budget.on_success();
        assert_tokens(&budget, 2.7, "after a success worth 0.7 tokens, from 2 tokens");
        budget.on_success();
        assert_tokens(&budget, 3.0, "after a success worth 0.7 tokens, from 2.7 of 3 tokens");
        for rate in [1e9, f32::MAX] {
            let generous = RetryBudget::new(3, rate);
            assert!(
                generous.try_spend(),
                "`try_spend` returned `false` although the budget was full"
            );
            let _doing = doing(format!("counting a success worth {rate} tokens"));
            generous.on_success();
            assert_tokens(&generous, 3.0, &format!("after a success worth {rate} tokens"));
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
            assert_tokens(
                &budget,
                expected,
                &format!("after ten successes with {rate} tokens per success"),
            );
        }
        let budget = RetryBudget::new(1000, 0.1);
        while budget.try_spend() {}
        for _ in 0..1000 {
            budget.on_success();
        }
        let spent = std::iter::from_fn(|| budget.try_spend().then_some(())).count();
        assert!(
            spent == 100,
            "1000 successes worth 0.1 tokens are 100 tokens, but {spent} could be spent"
        );
    });
}

#[test]
fn the_budget_may_have_u32_max_tokens() {
    check(|| {
        // An `f32` is not exact here: the nearest value or its neighbour will do.
        let max = u32::MAX as f32;
        let step = max * f32::EPSILON;
        let budget = RetryBudget::new(u32::MAX, 1.0);
        let full = budget.tokens();
        assert!(
            (full - max).abs() <= step,
            "a new budget of {} tokens should be full, but has {full} tokens",
            u32::MAX
        );
        assert!(budget.try_spend(), "`try_spend` returned `false` although the budget was full");
        budget.on_success();
        budget.on_success();
        let full = budget.tokens();
        assert!(
            full <= max + step,
            "a budget of at most {} tokens has grown to {full} tokens",
            u32::MAX
        );
    });
}
