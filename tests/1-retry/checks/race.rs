//! The retry budget on real threads: however they are scheduled, the tokens add up.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

use harness::doing;
use retry::RetryBudget;

use super::check;

#[test]
fn tokens_add_up_under_load() {
    check(|| {
        const THREADS: u32 = 4;
        const ROUNDS: u32 = 2_000;
        let _doing = doing("calling `on_success` and `try_spend` from four threads");
        // Large enough that no success meets the maximum.
        let budget = RetryBudget::new(THREADS * ROUNDS, 0.5);
        while budget.try_spend() {}
        let (spent, succeeded) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        budget.on_success();
                        succeeded.fetch_add(1, SeqCst);
                        spent.fetch_add(u32::from(budget.try_spend()), SeqCst);
                    }
                });
            }
        });
        let left = std::iter::from_fn(|| budget.try_spend().then_some(())).count() as u32;
        let (spent, earned) = (spent.into_inner(), succeeded.into_inner() / 2);
        assert!(
            spent + left == earned,
            "successes added {earned} tokens and {spent} were spent: {} should be left, but {left} \
             are",
            earned.saturating_sub(spent)
        );
    });
}
