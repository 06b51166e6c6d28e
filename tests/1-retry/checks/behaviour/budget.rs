//! What a call of `retry` does to the budget.

use std::pin::pin;

use retry::RetryBudget;
use tokio_util::sync::CancellationToken;

use super::*;

#[test]
fn each_retry_costs_one_token() {
    check_async(|| async {
        for (attempts, left) in [(1, 10.0), (2, 9.0), (4, 7.0)] {
            let budget = RetryBudget::new(10, 0.0);
            let plan = vec![Fails; attempts as usize];
            run_with(&policy(attempts), &budget, &CancellationToken::new(), &plan).await;
            let attempts = count(attempts, "attempt");
            assert_tokens(&budget, left, &format!("after {attempts} that failed, from 10 tokens"));
        }
    });
}

#[test]
fn the_token_is_spent_before_the_wait() {
    check_async(|| async {
        let (policy, budget, never) =
            (policy(3), RetryBudget::new(10, 0.0), CancellationToken::new());
        let mut call = pin!(run_with(&policy, &budget, &never, &[Fails, Fails, Fails]));
        let returned = tokio::time::timeout(ms(50), &mut call).await.is_ok();
        assert!(!returned, "`retry` returned before its first wait of 100 ms was over");
        // The call still waits: a dropped one may give its token back.
        assert_tokens(&budget, 9.0, "during the wait before the first retry");
    });
}

#[test]
fn an_empty_budget_allows_no_retry() {
    check_async(|| async {
        let (budget, never) = (RetryBudget::new(1, 0.5), CancellationToken::new());
        let run = run_with(&policy(5), &budget, &never, &[Fails, Fails, Succeeds]).await;
        assert!(
            matches!(&run.result, Err(RetryError::OverBudget { attempts: 2, last }) if last.attempt == 2),
            "with a budget of 1 token, two attempts failed: `retry` should have returned \
             `OverBudget` after 2 attempts, with the error of attempt 2, but returned {}",
            run.returned()
        );
        assert_took(&run, ms(100), "one wait of 100 ms, and no wait without a token,");
    });
}

/// Five of ten tokens, and half a token for each success.
fn half_empty() -> RetryBudget {
    let budget = RetryBudget::new(10, 0.5);
    for _ in 0..5 {
        budget.try_spend();
    }
    budget
}

#[test]
fn a_success_is_counted_once() {
    check_async(|| async {
        let never = CancellationToken::new();
        let budget = half_empty();
        run_with(&policy(5), &budget, &never, &[Succeeds]).await;
        assert_tokens(&budget, 5.5, "after a success worth 0.5 tokens, from 5 tokens");
        let budget = half_empty();
        run_with(&policy(5), &budget, &never, &[Fails, Fails, Succeeds]).await;
        assert_tokens(
            &budget,
            3.5,
            "after two retries and a success worth 0.5 tokens, from 5 tokens",
        );
    });
}
