//! The retry budget in every interleaving of small models.

use explorer::sync::Arc;
use explorer::{note, thread};
use harness::Allowed::TokioOutsideOfTypes;
use harness::{Scenario, check_each_explored, check_explored};

use super::ANSWER;
use crate::instrumented::RetryBudget;

/// Models with two threads are explored in full.
const ALL: Option<usize> = None;
/// Models with three threads are explored up to this many preemptions.
const MOST_PREEMPTIONS: Option<usize> = Some(3);

fn spend(budget: &RetryBudget) -> u32 {
    note("calls try_spend");
    let spent = budget.try_spend();
    note(if spent { "gets a token" } else { "gets none" });
    u32::from(spent)
}

fn succeed(budget: &RetryBudget) {
    note("calls on_success");
    budget.on_success();
}

#[track_caller]
fn assert_tokens(budget: &RetryBudget, expected: f32) {
    let tokens = budget.tokens();
    assert!(
        (tokens - expected).abs() < 0.0005,
        "at the end, the budget should have {expected} tokens, but has {tokens}"
    );
}

/// Starts a thread that uses the budget.
fn spawn<T: Send + 'static>(
    budget: &Arc<RetryBudget>,
    name: &str,
    work: impl FnOnce(&RetryBudget) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let budget = budget.clone();
    thread::spawn(name, move || work(&budget))
}

#[test]
fn a_token_is_spent_once() {
    let text = "one token, and two threads that call `try_spend`";
    check_explored(ANSWER, TokioOutsideOfTypes, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(1, 0.1));
        let other = spawn(&budget, "thread 2", spend);
        let spent = spend(&budget) + other.join();
        assert!(spent == 1, "one token was left, but {spent} were spent");
        assert_tokens(&budget, 0.0);
    });
}

#[test]
fn an_available_token_is_granted() {
    let text = "two tokens, and two threads that call `try_spend`";
    check_explored(ANSWER, TokioOutsideOfTypes, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(2, 0.1));
        let other = spawn(&budget, "thread 2", spend);
        let spent = spend(&budget) + other.join();
        assert!(
            spent == 2,
            "two tokens were left for two calls of `try_spend`, but one of them returned `false`"
        );
        assert_tokens(&budget, 0.0);
    });
}

#[test]
fn a_spend_does_not_overwrite_a_success() {
    let text = "two of three tokens are left; one thread calls `try_spend`, the other `on_success`";
    check_explored(ANSWER, TokioOutsideOfTypes, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(3, 0.5));
        spend(&budget);
        let other = spawn(&budget, "thread 2", succeed);
        let spent = spend(&budget);
        other.join();
        assert!(spent == 1, "two tokens were left, but `try_spend` returned `false`");
        assert_tokens(&budget, 1.5);
    });
}

#[test]
fn no_success_is_lost() {
    let text = "an empty budget, and two threads that call `on_success`";
    check_explored(ANSWER, TokioOutsideOfTypes, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(1, 0.5));
        spend(&budget);
        let other = spawn(&budget, "thread 2", succeed);
        succeed(&budget);
        other.join();
        assert_tokens(&budget, 1.0);
    });
}

fn read(budget: &RetryBudget) -> f32 {
    note("calls tokens");
    budget.tokens()
}

// The thread that reads is started last: loom considers a read before a load and an exchange of
// another thread to be the same as a read between them, and does not try both.

#[test]
fn tokens_stay_within_their_bounds() {
    check_each_explored(ANSWER, TokioOutsideOfTypes, || {
        vec![
            (
                Scenario {
                    text: "a full budget of one token; one thread spends it, succeeds and spends \
                           it again, and another calls `tokens`",
                    preemptions: ALL,
                },
                Box::new(|| {
                    let budget = Arc::new(RetryBudget::new(1, 1.0));
                    let reader = spawn(&budget, "thread 2", read);
                    spend(&budget);
                    succeed(&budget);
                    spend(&budget);
                    let seen = reader.join();
                    assert!(
                        (0.0..=1.0).contains(&seen),
                        "`tokens` should return between 0 and 1, but returned {seen}"
                    );
                    assert_tokens(&budget, 0.0);
                }),
            ),
            (
                Scenario {
                    text: "half a token is missing; two threads call `on_success`, a third one \
                           `tokens`",
                    preemptions: MOST_PREEMPTIONS,
                },
                Box::new(|| {
                    let budget = Arc::new(RetryBudget::new(1, 0.5));
                    spend(&budget);
                    succeed(&budget);
                    let second = spawn(&budget, "thread 2", succeed);
                    let third = spawn(&budget, "thread 3", read);
                    succeed(&budget);
                    let seen = third.join();
                    assert!(
                        (0.4995..=1.0).contains(&seen),
                        "`tokens` should return between 0.5 and 1, but returned {seen}"
                    );
                    second.join();
                    assert_tokens(&budget, 1.0);
                }),
            ),
        ]
    });
}

#[test]
fn a_failed_spend_is_never_visible() {
    let text = "half a token; two threads call `try_spend`, a third one `tokens`";
    check_explored(
        ANSWER,
        TokioOutsideOfTypes,
        Scenario { text, preemptions: MOST_PREEMPTIONS },
        || {
            let budget = Arc::new(RetryBudget::new(1, 0.5));
            spend(&budget);
            succeed(&budget);
            let second = spawn(&budget, "thread 2", spend);
            let third = spawn(&budget, "thread 3", read);
            let spent = spend(&budget);
            let seen = third.join();
            assert!(
                (seen - 0.5).abs() < 0.0005,
                "the budget has 0.5 tokens throughout, but `tokens` returned {seen}"
            );
            let spent = spent + second.join();
            assert!(spent == 0, "only 0.5 tokens were left, but {spent} were spent");
            assert_tokens(&budget, 0.5);
        },
    );
}
