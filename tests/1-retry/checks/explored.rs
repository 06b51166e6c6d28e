//! The retry budget under every interleaving of a small model.

use explorer::sync::Arc;
use explorer::{note, thread};
use harness::Allowed::Tokio;
use harness::{Scenario, check_explored};

use super::ANSWER;
use crate::explored::RetryBudget;

/// All interleavings: of models with two threads.
const ALL: Option<usize> = None;
/// Of models with three threads.
const MOST_PREEMPTIONS: Option<usize> = Some(3);

fn spend(budget: &RetryBudget) -> u32 {
    note("calls try_spend");
    let spent = budget.try_spend();
    note(if spent { "has a token" } else { "has none" });
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
        "in the end there should be {expected} tokens, and there are {tokens}"
    );
}

/// Starts another thread on the budget.
fn with<T: 'static>(
    budget: &Arc<RetryBudget>,
    name: &str,
    work: impl FnOnce(&RetryBudget) -> T + 'static,
) -> thread::JoinHandle<T> {
    let budget = budget.clone();
    thread::spawn(name, move || work(&budget))
}

#[test]
fn a_token_is_spent_once() {
    let text = "one token, two tasks: each asks for it";
    check_explored(ANSWER, Tokio, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(1, 0.1));
        let other = with(&budget, "other task", spend);
        let spent = spend(&budget) + other.join();
        assert!(spent == 1, "one token is there, and {spent} were spent");
        assert_tokens(&budget, 0.0);
    });
}

#[test]
fn a_token_that_is_there_is_given() {
    let text = "two tokens, two tasks: each asks for one";
    check_explored(ANSWER, Tokio, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(2, 0.1));
        let other = with(&budget, "other task", spend);
        let spent = spend(&budget) + other.join();
        assert!(spent == 2, "two tokens are there, and `try_spend` says no to one of two who ask");
        assert_tokens(&budget, 0.0);
    });
}

#[test]
fn no_token_is_lost() {
    let text = "two of three tokens are there; a task spends one, and another succeeds";
    check_explored(ANSWER, Tokio, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(3, 0.5));
        spend(&budget);
        let other = with(&budget, "other task", succeed);
        let spent = spend(&budget);
        other.join();
        assert!(spent == 1, "two tokens are there, and `try_spend` says no");
        assert_tokens(&budget, 1.5);
    });
}

#[test]
fn no_success_is_lost() {
    let text = "an empty budget, and two successes at once";
    check_explored(ANSWER, Tokio, Scenario { text, preemptions: ALL }, || {
        let budget = Arc::new(RetryBudget::new(1, 0.5));
        spend(&budget);
        let other = with(&budget, "other task", succeed);
        succeed(&budget);
        other.join();
        assert_tokens(&budget, 1.0);
    });
}

fn look(budget: &RetryBudget) -> f32 {
    note("calls tokens");
    budget.tokens()
}

// Who looks, is started last: loom takes a look that comes before a load and an exchange of
// another thread for one that might as well have come between them.

#[test]
fn the_tokens_are_always_within_bounds() {
    let text = "half a token is missing; two tasks succeed, one looks";
    check_explored(ANSWER, Tokio, Scenario { text, preemptions: MOST_PREEMPTIONS }, || {
        let budget = Arc::new(RetryBudget::new(1, 0.5));
        spend(&budget);
        succeed(&budget);
        let second = with(&budget, "second task", succeed);
        let third = with(&budget, "third task", look);
        succeed(&budget);
        let seen = third.join();
        assert!((0.4995..=1.0).contains(&seen), "of half a token to one, {seen} are seen");
        second.join();
        assert_tokens(&budget, 1.0);
    });
}

#[test]
fn a_budget_that_is_overdrawn_is_never_seen() {
    let text = "half a token, two tasks ask for one, one looks";
    check_explored(ANSWER, Tokio, Scenario { text, preemptions: MOST_PREEMPTIONS }, || {
        let budget = Arc::new(RetryBudget::new(1, 0.5));
        spend(&budget);
        succeed(&budget);
        let second = with(&budget, "second task", spend);
        let third = with(&budget, "third task", look);
        let spent = spend(&budget);
        let seen = third.join();
        assert!((seen - 0.5).abs() < 0.0005, "the budget has half a token, and {seen} are seen");
        let spent = spent + second.join();
        assert!(spent == 0, "the budget has half a token, and {spent} tokens were spent");
        assert_tokens(&budget, 0.5);
    });
}
