//! Which error is returned, and what it says.

use std::error::Error;

use retry::{RetryBudget, RetryError, RetryPolicy};
use tokio_util::sync::CancellationToken;

use super::*;

#[test]
fn the_last_attempt_decides_the_error() {
    check_async(|| async {
        let (fails, times_out) = (Fails, SucceedsAfter(DAY));
        let word = |plan: &Plan| if matches!(plan, Fails) { "failed" } else { "timed out" };
        // Attempts that are allowed, tokens, and attempts that both of them allow.
        for (allowed, tokens, made) in
            [(1, 10, 1), (1, 0, 1), (2, 1, 2), (3, 10, 3), (5, 0, 1), (5, 1, 2)]
        {
            for last in [fails, times_out] {
                for earlier in [fails, times_out] {
                    let mut plan = vec![earlier; made as usize - 1];
                    plan.push(last);
                    let policy = RetryPolicy { attempt_timeout: Some(ms(50)), ..policy(allowed) };
                    let budget = RetryBudget::new(tokens, 0.0);
                    let run = run_with(&policy, &budget, &CancellationToken::new(), &plan).await;
                    let last = Fault::transient(made);
                    let expected = in_words(&Err(match plan.last() {
                        Some(SucceedsAfter(_)) => RetryError::TimedOut { attempts: made },
                        _ if made == allowed => RetryError::Exhausted { attempts: made, last },
                        _ => RetryError::OverBudget { attempts: made, last },
                    }));
                    assert!(
                        run.returned() == expected,
                        "`max_attempts` is {allowed}, the budget is {}, and the attempts end like \
                         this: {}. `retry` should have returned {expected}, but returned {}",
                        count(tokens, "token"),
                        plan.iter().map(word).collect::<Vec<_>>().join(", "),
                        run.returned()
                    );
                }
            }
        }
    });
}

/// The errors of calls that fail: `Permanent`, `Exhausted`, `OverBudget` and `TimedOut`, each with
/// the attempt whose error is its source.
async fn errors() -> [(RetryError<Fault>, Option<u32>); 4] {
    let never = CancellationToken::new();
    let error = |run: Run| run.result.expect_err("no attempt succeeds");
    let permanent = run(&policy(2), &[FailsPermanently]).await;
    let exhausted = run(&policy(2), &[Fails, Fails]).await;
    let over_budget = run_with(&policy(2), &RetryBudget::new(0, 0.0), &never, &[Fails]).await;
    let limited = RetryPolicy { attempt_timeout: Some(ms(1)), ..policy(1) };
    let timed_out = run(&limited, &[FailsAfter(DAY)]).await;
    [
        (error(permanent), Some(1)),
        (error(exhausted), Some(2)),
        (error(over_budget), Some(1)),
        (error(timed_out), None),
    ]
}

#[test]
fn source_is_the_error_of_the_attempt() {
    check_async(|| async {
        let what = |attempt: Option<u32>| {
            attempt.map_or("`None`".to_owned(), |attempt| format!("the error of attempt {attempt}"))
        };
        for (error, expected) in errors().await {
            let source = error.source().map(|source| {
                source.downcast_ref::<Fault>().expect("the source is the `E` of the error").attempt
            });
            assert!(
                source == expected,
                "of {}, `source()` should be {}, but is {}",
                in_words(&Err(error)),
                what(expected),
                what(source)
            );
        }
    });
}

#[test]
fn every_error_can_be_displayed() {
    check_async(|| async {
        // The contract leaves the text to the answer.
        for (error, _) in errors().await {
            let _ = error.to_string();
        }
        let _ = RetryError::<Fault>::Cancelled.to_string();
    });
}
