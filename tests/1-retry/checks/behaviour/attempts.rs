//! How many attempts there are, and what ends them.

use retry::RetryError;

use super::*;

#[test]
fn the_first_success_is_returned_at_once() {
    check_async(|| async {
        let run = run(&policy(5), &[Succeeds]).await;
        assert_ok(&run, 1, "the first attempt succeeded");
        assert_took(&run, Duration::ZERO, "a call whose first attempt succeeds at once");
    });
}

#[test]
fn a_transient_failure_is_retried() {
    check_async(|| async {
        let run = run(&policy(5), &[Fails, Fails, Succeeds]).await;
        assert_ok(&run, 3, "the first two attempts had transient errors");
    });
}

#[test]
fn each_attempt_gets_its_number() {
    check_async(|| async {
        let run = run(&policy(4), &[Fails, Fails, Fails, Succeeds]).await;
        let numbers: Vec<u32> = run.log.calls.borrow().iter().map(|(number, _)| *number).collect();
        assert!(
            numbers == [1, 2, 3, 4],
            "`operation` should be called with 1, 2, 3 and 4, but was called with {numbers:?}"
        );
    });
}

#[test]
fn max_attempts_includes_the_first_attempt() {
    check_async(|| async {
        for allowed in [1, 2, 3, 7] {
            // One more than allowed.
            let plan = vec![Fails; allowed as usize + 1];
            let run = run(&policy(allowed), &plan).await;
            assert!(
                run.calls() == allowed as usize,
                "`max_attempts` is {allowed}, but `retry` made {}",
                count(run.calls() as u32, "attempt")
            );
        }
    });
}

#[test]
fn exhausted_has_the_last_error() {
    check_async(|| async {
        for allowed in [1, 2, 3] {
            let run = run(&policy(allowed), &vec![Fails; allowed as usize]).await;
            assert!(
                matches!(
                    &run.result,
                    Err(RetryError::Exhausted { attempts, last })
                        if *attempts == allowed && last.attempt == allowed
                ),
                "`max_attempts` is {allowed}, and all attempts failed: `retry` should have \
                 returned `Exhausted` after {}, with the error of attempt {allowed}, but returned \
                 {}",
                count(allowed, "attempt"),
                run.returned()
            );
        }
    });
}

#[track_caller]
fn assert_permanent(run: &Run, attempt: u32) {
    assert!(
        matches!(&run.result, Err(RetryError::Permanent(fault)) if fault.attempt == attempt),
        "attempt {attempt} failed permanently: `retry` should have returned `Permanent` with its \
         error, but returned {}",
        run.returned()
    );
}

#[test]
fn a_permanent_failure_is_not_retried() {
    check_async(|| async {
        let first = run(&policy(5), &[FailsPermanently, Succeeds]).await;
        assert_permanent(&first, 1);
        assert_took(&first, Duration::ZERO, "a call whose first attempt fails permanently");
        let last = run(&policy(2), &[Fails, FailsPermanently]).await;
        assert_permanent(&last, 2);
    });
}
