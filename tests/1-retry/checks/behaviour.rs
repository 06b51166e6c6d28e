//! What `retry` does, on a clock that stands still while anything can run: every wait is
//! seen to the millisecond, and takes no time.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::{pending, poll_fn};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use harness::{Polling, assert_send, doing};
use ollama::Transient;
use retry::{RetryBudget, RetryError, RetryPolicy, retry};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Delays of 100, 200, 400 and 800 ms, and no more.
fn policy(max_attempts: u32) -> RetryPolicy {
    RetryPolicy {
        max_attempts: NonZeroU32::new(max_attempts).expect("at least one attempt"),
        base_delay: ms(100),
        max_delay: ms(800),
        jitter: false,
        attempt_timeout: None,
    }
}

fn ample() -> RetryBudget {
    RetryBudget::new(100_000, 0.5)
}

/// What an attempt fails with: its own number, so that errors can be told apart.
#[derive(Clone, Debug, PartialEq)]
struct Fault {
    attempt: u32,
    transient: bool,
    retry_after: Option<Duration>,
}

impl Transient for Fault {
    fn is_transient(&self) -> bool {
        self.transient
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} fails", self.attempt)
    }
}

impl Error for Fault {}

/// How an attempt goes.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Succeeds,
    Fails,
    FailsForGood,
    AsksFor(Duration),
    /// Succeeds, after so long.
    SucceedsAfter(Duration),
    FailsAfter(Duration),
    /// Succeeds after so many times 100 ms, and is woken each time: as by a reply that comes in
    /// small pieces.
    SucceedsAfterWakes(u32),
}
use Plan::*;

use super::check_async;

/// What happened to the attempts.
#[derive(Default)]
struct Log {
    /// The number that each was called with, and when.
    calls: RefCell<Vec<(u32, Duration)>>,
    /// The attempts that were dropped before they had ended, and when.
    dropped: RefCell<Vec<(u32, Duration)>>,
    running: Cell<u32>,
}

/// An attempt that runs.
struct Running {
    log: Rc<Log>,
    attempt: u32,
    start: Instant,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.log.running.set(self.log.running.get() - 1);
        if !self.ended {
            self.log.dropped.borrow_mut().push((self.attempt, self.start.elapsed()));
        }
    }
}

/// A finished call of `retry`.
struct Run {
    result: Result<u32, RetryError<Fault>>,
    log: Rc<Log>,
    took: Duration,
}

impl Run {
    fn calls(&self) -> usize {
        self.log.calls.borrow().len()
    }

    /// When the attempts were called.
    fn instants(&self) -> Vec<Duration> {
        self.log.calls.borrow().iter().map(|(_, at)| *at).collect()
    }
}

/// Runs attempts after a plan, with a budget that suffices, and without a cancellation.
async fn run(policy: &RetryPolicy, plan: &[Plan]) -> Run {
    run_with(policy, &ample(), &CancellationToken::new(), plan).await
}

async fn run_with(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    cancel: &CancellationToken,
    plan: &[Plan],
) -> Run {
    let log = Rc::new(Log::default());
    let start = Instant::now();
    let result = retry(policy, budget, cancel, |attempt| {
        let number = log.calls.borrow().len() + 1;
        log.calls.borrow_mut().push((attempt, start.elapsed()));
        assert!(
            log.running.get() == 0,
            "attempt {number} begins before the one before it has ended or was dropped"
        );
        log.running.set(1);
        let running = Running { log: log.clone(), attempt, start, ended: false };
        let plan = plan.get(number - 1).copied();
        let plan = plan.unwrap_or_else(|| panic!("there should be no attempt {number}"));
        let fault = Fault { attempt, transient: true, retry_after: None };
        async move {
            let mut running = running;
            let result = match plan {
                Succeeds => Ok(attempt),
                Fails => Err(fault),
                FailsForGood => Err(Fault { transient: false, ..fault }),
                AsksFor(wait) => Err(Fault { retry_after: Some(wait), ..fault }),
                SucceedsAfter(time) => {
                    sleep(time).await;
                    Ok(attempt)
                }
                FailsAfter(time) => {
                    sleep(time).await;
                    Err(fault)
                }
                SucceedsAfterWakes(times) => {
                    for _ in 0..times {
                        sleep(ms(100)).await;
                    }
                    Ok(attempt)
                }
            };
            running.ended = true;
            result
        }
    })
    .await;
    Run { result, took: start.elapsed(), log }
}

/// Cancels after some time.
fn cancelled_after(time: Duration) -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        sleep(time).await;
        cancel.cancel();
    });
    token
}

#[track_caller]
fn assert_ok(run: &Run, attempt: u32) {
    assert!(
        matches!(run.result, Ok(value) if value == attempt),
        "attempt {attempt} succeeds, and `retry` returns {:?}",
        run.result
    );
}

#[track_caller]
fn assert_took(run: &Run, expected: Duration, what: &str) {
    assert!(run.took == expected, "{what} should take {expected:?}, and takes {:?}", run.took);
}

#[track_caller]
fn assert_tokens(budget: &RetryBudget, expected: f32, when: &str) {
    let tokens = budget.tokens();
    assert!(
        (tokens - expected).abs() < 0.0005,
        "{when}, the budget should have {expected} tokens, and has {tokens}"
    );
}

#[test]
fn the_first_success_is_returned_at_once() {
    check_async(|| async {
        let run = run(&policy(5), &[Succeeds]).await;
        assert_ok(&run, 1);
        assert_took(&run, Duration::ZERO, "an attempt that succeeds at once");
    });
}

#[test]
fn a_transient_failure_is_tried_again() {
    check_async(|| async {
        let run = run(&policy(5), &[Fails, Fails, Succeeds]).await;
        assert_ok(&run, 3);
    });
}

#[test]
fn each_attempt_is_a_new_call_with_its_number() {
    check_async(|| async {
        let run = run(&policy(4), &[Fails, Fails, Fails, Succeeds]).await;
        assert_ok(&run, 4);
        let numbers: Vec<u32> = run.log.calls.borrow().iter().map(|(number, _)| *number).collect();
        assert!(numbers == [1, 2, 3, 4], "four attempts are called with the numbers {numbers:?}");
    });
}

#[test]
fn there_are_as_many_attempts_as_allowed() {
    check_async(|| async {
        for allowed in [1, 2, 3, 7] {
            let plan = vec![Fails; allowed as usize];
            let run = run(&policy(allowed), &plan).await;
            assert!(
                run.calls() == plan.len(),
                "{allowed} attempts are allowed, and {} are made",
                run.calls()
            );
            let Err(RetryError::Exhausted { attempts, last }) = &run.result else {
                panic!("all {allowed} attempts fail, and `retry` returns {:?}", run.result);
            };
            assert!(
                *attempts == allowed && last.attempt == allowed,
                "{allowed} attempts were made; the error says {attempts}, with what attempt {} \
                 failed with",
                last.attempt
            );
        }
    });
}

#[test]
fn a_permanent_failure_is_not_tried_again() {
    check_async(|| async {
        let budget = RetryBudget::new(10, 1.0);
        let never = CancellationToken::new();
        let first = run_with(&policy(5), &budget, &never, &[FailsForGood]).await;
        assert!(
            matches!(&first.result, Err(RetryError::Permanent(fault)) if fault.attempt == 1),
            "the first attempt fails for good, and `retry` returns {:?}",
            first.result
        );
        assert_took(&first, Duration::ZERO, "a failure for good");
        assert_tokens(&budget, 10.0, "after a failure for good");
        let last = run_with(&policy(2), &budget, &never, &[Fails, FailsForGood]).await;
        assert!(
            matches!(&last.result, Err(RetryError::Permanent(fault)) if fault.attempt == 2),
            "the last attempt fails for good, and `retry` returns {:?}",
            last.result
        );
        assert_tokens(&budget, 9.0, "after one retry, which failed for good");
        let empty = RetryBudget::new(0, 1.0);
        let without = run_with(&policy(5), &empty, &never, &[FailsForGood]).await;
        assert!(
            matches!(&without.result, Err(RetryError::Permanent(_))),
            "an attempt fails for good where there is no token, and `retry` returns {:?}",
            without.result
        );
    });
}

#[test]
fn the_waits_are_the_delays() {
    check_async(|| async {
        let run = run(&policy(7), &[Fails, Fails, Fails, Fails, Fails, Fails, Succeeds]).await;
        let expected = [0, 100, 300, 700, 1500, 2300, 3100].map(ms);
        assert!(
            run.instants() == expected,
            "the attempts should begin at {expected:?}, and begin at {:?}",
            run.instants()
        );
    });
}

#[test]
fn a_wait_begins_when_its_attempt_has_failed() {
    check_async(|| async {
        let plan = [FailsAfter(ms(30)), FailsAfter(ms(500)), SucceedsAfter(ms(7))];
        let run = run(&policy(3), &plan).await;
        let expected = [0, 130, 830].map(ms);
        assert!(
            run.instants() == expected,
            "attempts of 30 and 500 ms, and waits of 100 and 200 ms after them: they should begin \
             at {expected:?}, and begin at {:?}",
            run.instants()
        );
        assert_took(&run, ms(837), "all of it");
    });
}

#[test]
fn there_is_no_wait_after_the_last_attempt() {
    check_async(|| async {
        let run = run(&policy(3), &[Fails, Fails, Fails]).await;
        assert_took(&run, ms(300), "three attempts, with two waits between them,");
        let budget = RetryBudget::new(0, 1.0);
        let run = run_with(&policy(3), &budget, &CancellationToken::new(), &[Fails]).await;
        assert_took(&run, Duration::ZERO, "an attempt that the budget allows no retry of");
        let limited = RetryPolicy { attempt_timeout: Some(ms(50)), ..policy(2) };
        let run =
            run_with(&limited, &ample(), &CancellationToken::new(), &[SucceedsAfter(DAY); 2]).await;
        assert_took(&run, ms(200), "two attempts with a limit of 50 ms, and a wait between them,");
    });
}

#[test]
fn jitter_is_uniform_and_drawn_anew() {
    // What is asserted of 2,000 draws holds for uniform ones but for one run in 10^10.
    const DRAWS: usize = 2_000;
    check_async(|| async {
        // Draws in whole milliseconds will do, in whole seconds not.
        for delay in [Duration::from_secs(1_000), ms(400)] {
            let policy =
                RetryPolicy { base_delay: delay, max_delay: delay, ..policy(DRAWS as u32 + 1) };
            let policy = RetryPolicy { jitter: true, ..policy };
            let run = run(&policy, &[Fails; DRAWS + 1]).await;
            let instants = run.instants();
            let waits: Vec<f64> = instants
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).as_secs_f64() / delay.as_secs_f64())
                .collect();
            let longest = waits.iter().copied().fold(0.0, f64::max);
            assert!(longest <= 1.0, "a wait with jitter is {longest:.3} times the delay");
            for quarter in 0..4 {
                let range = quarter as f64 / 4.0..(quarter + 1) as f64 / 4.0;
                let share = waits.iter().filter(|wait| range.contains(wait)).count() * 100 / DRAWS;
                assert!(
                    (18..=32).contains(&share),
                    "a quarter of the waits should be between {} and {} of the delay of {delay:?}, \
                     and {share} % are",
                    range.start,
                    range.end
                );
            }
            // Of independent draws, one tells nothing of the next.
            let mean = waits.iter().sum::<f64>() / waits.len() as f64;
            let product: f64 =
                waits.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
            let square: f64 = waits.iter().map(|wait| (wait - mean).powi(2)).sum();
            assert!(
                (product / square).abs() < 0.2,
                "a wait with jitter depends on the one before it"
            );
        }

        // Of 64 third waits, some are longer than the first one can be.
        let policy = RetryPolicy { jitter: true, ..policy(4) };
        let mut longest = [Duration::ZERO; 3];
        for _ in 0..64 {
            let run = run(&policy, &[Fails; 4]).await;
            for (longest, pair) in longest.iter_mut().zip(run.instants().windows(2)) {
                *longest = (*longest).max(pair[1] - pair[0]);
            }
        }
        let grows = longest[0] <= ms(100) && longest[1] <= ms(200) && longest[2] <= ms(400);
        assert!(
            grows && longest[2] > ms(100),
            "of waits with jitter, where the delays are 100, 200 and 400 ms, the longest are \
             {longest:?}"
        );
    });
}

#[test]
fn jitter_differs_from_call_to_call() {
    check_async(|| async {
        let long = Duration::from_secs(1_000_000);
        let policy = RetryPolicy { base_delay: long, max_delay: long, jitter: true, ..policy(6) };
        let plan = [Fails; 6];
        let (first, second) = (run(&policy, &plan).await, run(&policy, &plan).await);
        assert!(first.instants() != second.instants(), "two calls wait for the very same times");
    });
}

#[test]
fn a_wait_is_at_least_what_the_error_asks_for() {
    check_async(|| async {
        for (asked, waits) in [(500, 500), (5_000, 5_000), (40, 100), (100, 100), (0, 100)] {
            let run = run(&policy(3), &[AsksFor(ms(asked)), Fails, Succeeds]).await;
            let expected = [0, waits, waits + 200].map(ms);
            assert!(
                run.instants() == expected,
                "the first error asks for {asked} ms, where the delays are 100 and 200 ms: the \
                 attempts should begin at {expected:?}, and begin at {:?}",
                run.instants()
            );
        }

        // Of 64 draws from 0 to 100 ms, some are below 60.
        let jitter = RetryPolicy { base_delay: ms(100), max_delay: ms(100), ..policy(65) };
        let jitter = RetryPolicy { jitter: true, ..jitter };
        let run = run(&jitter, &[AsksFor(ms(60)); 65]).await;
        for pair in run.instants().windows(2) {
            let wait = pair[1] - pair[0];
            assert!(
                (ms(60)..=ms(100)).contains(&wait),
                "an error asks for 60 ms, the delay is 100 ms with jitter, and the wait is {wait:?}"
            );
        }
    });
}

#[test]
fn what_the_error_asks_for_has_no_jitter() {
    check_async(|| async {
        let policy = RetryPolicy { jitter: true, ..policy(20) };
        let mut plan = vec![AsksFor(ms(3_000)); 19];
        plan.push(Succeeds);
        let run = run(&policy, &plan).await;
        assert_took(&run, ms(19 * 3_000), "19 waits that the errors ask 3 s for");
    });
}

#[test]
fn a_cancel_ends_a_wait() {
    check_async(|| async {
        let cancel = cancelled_after(ms(251));
        let run = run_with(&policy(5), &ample(), &cancel, &[Fails, Fails]).await;
        assert!(
            matches!(run.result, Err(RetryError::Cancelled)),
            "cancelled in the second wait, `retry` returns {:?}",
            run.result
        );
        assert_took(&run, ms(251), "what is cancelled after 251 ms");
    });
}

#[test]
fn a_cancel_ends_an_attempt() {
    check_async(|| async {
        for attempt_timeout in [None, Some(ms(5_000))] {
            let cancel = cancelled_after(ms(251));
            let policy = RetryPolicy { attempt_timeout, ..policy(5) };
            let run = run_with(&policy, &ample(), &cancel, &[SucceedsAfter(ms(1_000))]).await;
            assert!(
                matches!(run.result, Err(RetryError::Cancelled)),
                "cancelled in an attempt, `retry` returns {:?}",
                run.result
            );
            assert_took(&run, ms(251), "what is cancelled after 251 ms");
            assert!(run.log.running.get() == 0, "the attempt that was cancelled is still there");
        }
    });
}

#[test]
fn nothing_begins_once_cancelled() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let run = run_with(&policy(5), &ample(), &cancel, &[]).await;
        assert!(
            matches!(run.result, Err(RetryError::Cancelled)),
            "cancelled beforehand, `retry` returns {:?}",
            run.result
        );

        // Cancelled by the attempt itself, with nothing to wait for.
        let policy = RetryPolicy { base_delay: Duration::ZERO, ..policy(5) };
        let cancel = CancellationToken::new();
        let calls = Cell::new(0);
        let result: Result<(), _> = retry(&policy, &ample(), &cancel, |attempt| {
            calls.set(attempt);
            cancel.cancel();
            std::future::ready(Err(Fault { attempt, transient: true, retry_after: None }))
        })
        .await;
        assert!(calls.get() == 1, "the first attempt cancels, and another one begins");
        assert!(
            matches!(result, Err(RetryError::Cancelled)),
            "cancelled by its first attempt, `retry` returns {result:?}"
        );
    });
}

#[test]
fn a_success_in_the_poll_of_the_cancel_is_returned() {
    // Who leaves the order to chance gets it right half of the time.
    const TIMES: usize = 64;
    check_async(|| async {
        for _ in 0..TIMES {
            let (policy, budget, cancel) = (policy(5), ample(), CancellationToken::new());
            let done = Cell::new(false);
            let mut call = Polling::new(retry(&policy, &budget, &cancel, |_| {
                poll_fn(|_| match done.get() {
                    true => Poll::Ready(Ok::<_, Fault>("done")),
                    false => Poll::Pending,
                })
            }));
            assert!(call.poll().is_pending(), "`retry` is ready, and its attempt is not");
            done.set(true);
            cancel.cancel();
            let poll = call.poll();
            assert!(
                matches!(poll, Poll::Ready(Ok("done"))),
                "a success and the cancel are there in the same poll: the success is lost"
            );
        }
    });
}

#[test]
fn the_callers_token_is_only_looked_at() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        let limited = RetryPolicy { attempt_timeout: Some(ms(10)), ..policy(2) };
        let plans: [&[Plan]; 4] = [
            &[Succeeds],
            &[FailsForGood],
            &[Fails, Fails],
            &[SucceedsAfter(ms(20)), SucceedsAfter(ms(20))],
        ];
        for plan in plans {
            let run = run_with(&limited, &ample(), &cancel, plan).await;
            assert!(!cancel.is_cancelled(), "`retry` cancels the caller's token: {:?}", run.result);
        }
    });
}

#[test]
fn an_attempt_that_takes_too_long_is_tried_again() {
    check_async(|| async {
        let policy = RetryPolicy { attempt_timeout: Some(ms(300)), ..policy(5) };
        let plan = [
            SucceedsAfter(DAY),
            SucceedsAfter(ms(301)),
            FailsAfter(DAY),
            SucceedsAfterWakes(30),
            Succeeds,
        ];
        let budget = RetryBudget::new(10, 0.0);
        let never = CancellationToken::new();
        let run = run_with(&policy, &budget, &never, &plan).await;
        assert_ok(&run, 5);
        let expected = [0, 400, 900, 1_600, 2_700].map(ms);
        assert!(
            run.instants() == expected,
            "with a limit of 300 ms, and waits of 100, 200, 400 and 800 ms, the attempts should begin at \
             {expected:?}, and begin at {:?}",
            run.instants()
        );
        assert_tokens(&budget, 6.0, "after four retries");

        let _doing = doing("an attempt with a limit of zero, which is not ready at once");
        let policy = RetryPolicy { attempt_timeout: Some(Duration::ZERO), ..policy };
        let run = run_with(&policy, &budget, &never, &[SucceedsAfter(DAY), Succeeds]).await;
        assert_ok(&run, 2);
        assert_took(&run, ms(100), "an attempt that has no time, and a wait of 100 ms,");
    });
}

#[test]
fn the_limit_is_for_each_attempt() {
    check_async(|| async {
        let policy = RetryPolicy { attempt_timeout: Some(ms(300)), ..policy(4) };
        let long = ms(250);
        let plan = [FailsAfter(long), FailsAfter(long), FailsAfter(long), SucceedsAfter(long)];
        let run = run(&policy, &plan).await;
        assert_ok(&run, 4);
        assert_took(
            &run,
            ms(4 * 250 + 700),
            "four attempts of 250 ms, with a limit of 300 ms each,",
        );
    });
}

#[test]
fn a_result_right_at_the_limit_counts() {
    check_async(|| async {
        for (limit, plan) in [(ms(300), SucceedsAfter(ms(300))), (Duration::ZERO, Succeeds)] {
            let _doing = doing(format!("an attempt that succeeds right at the limit of {limit:?}"));
            let policy = RetryPolicy { attempt_timeout: Some(limit), ..policy(1) };
            let run = run(&policy, &[plan]).await;
            assert_ok(&run, 1);
        }
    });
}

#[test]
fn an_attempt_that_took_too_long_is_gone_before_the_wait() {
    check_async(|| async {
        let policy = RetryPolicy { attempt_timeout: Some(ms(300)), ..policy(2) };
        let run = run(&policy, &[SucceedsAfter(DAY), Succeeds]).await;
        let dropped = run.log.dropped.borrow().clone();
        assert!(
            dropped == [(1, ms(300))],
            "the first attempt should be dropped after 300 ms; dropped were {dropped:?}"
        );
    });
}

#[test]
fn the_last_attempt_decides_the_error() {
    check_async(|| async {
        let limited = |attempts| RetryPolicy { attempt_timeout: Some(ms(50)), ..policy(attempts) };
        let late = SucceedsAfter(DAY);
        let never = CancellationToken::new();
        for tokens in [0, 1, 10] {
            // As many attempts as the budget has retries for: they end together.
            let attempts = tokens.min(2) + 1;
            for (last, failed_first) in [(late, Fails), (Fails, late), (late, late), (Fails, Fails)]
            {
                let mut plan = vec![failed_first; attempts as usize - 1];
                plan.push(last);
                for allowed in [attempts, 5] {
                    if allowed > attempts && tokens > 1 {
                        // Then nothing ends it here.
                        continue;
                    }
                    let budget = RetryBudget::new(tokens, 0.0);
                    let run = run_with(&limited(allowed), &budget, &never, &plan).await;
                    let right = match (&run.result, last) {
                        (Err(RetryError::TimedOut { attempts: made }), SucceedsAfter(_)) => {
                            *made == attempts
                        }
                        (Err(RetryError::Exhausted { attempts: made, last }), Fails) => {
                            allowed == attempts && *made == attempts && last.attempt == attempts
                        }
                        (Err(RetryError::OverBudget { attempts: made, last }), Fails) => {
                            allowed > attempts && *made == attempts && last.attempt == attempts
                        }
                        _ => false,
                    };
                    assert!(
                        right,
                        "attempts of which {allowed} are allowed, by a budget of {tokens} tokens, go \
                         like {plan:?}: `retry` returns {:?}",
                        run.result
                    );
                }
            }
        }
    });
}

#[test]
fn each_retry_costs_one_token() {
    check_async(|| async {
        let never = CancellationToken::new();
        for (attempts, left) in [(1, 10.0), (2, 9.0), (4, 7.0)] {
            for (attempt, what) in [(Fails, "failed"), (SucceedsAfter(DAY), "took too long")] {
                let budget = RetryBudget::new(10, 0.0);
                let policy = RetryPolicy { attempt_timeout: Some(ms(300)), ..policy(attempts) };
                run_with(&policy, &budget, &never, &vec![attempt; attempts as usize]).await;
                assert_tokens(&budget, left, &format!("after {attempts} attempts that {what}"));
            }
        }
    });
}

#[test]
fn the_token_is_spent_before_the_wait() {
    check_async(|| async {
        let (policy, budget, never) =
            (policy(3), RetryBudget::new(10, 0.0), CancellationToken::new());
        let call = run_with(&policy, &budget, &never, &[Fails, Fails]);
        let waits = timeout(ms(50), call).await.is_err();
        assert!(waits, "`retry` returns before its first wait is over");
        assert_tokens(&budget, 9.0, "in the first wait");
    });
}

#[test]
fn without_a_token_there_is_no_retry() {
    check_async(|| async {
        let budget = RetryBudget::new(1, 0.5);
        let run = run_with(&policy(5), &budget, &CancellationToken::new(), &[Fails, Fails]).await;
        let Err(RetryError::OverBudget { attempts: 2, last }) = &run.result else {
            panic!("with a budget for one retry, two attempts fail: {:?}", run.result);
        };
        assert!(last.attempt == 2, "the error is not that of the last attempt: {last}");
        assert_took(&run, ms(100), "one retry, and one that there is no token for,");
    });
}

#[test]
fn a_success_is_counted_once() {
    check_async(|| async {
        let never = CancellationToken::new();
        let half_empty = || {
            let budget = RetryBudget::new(10, 0.5);
            for _ in 0..5 {
                budget.try_spend();
            }
            budget
        };
        let budget = half_empty();
        run_with(&policy(5), &budget, &never, &[Succeeds]).await;
        assert_tokens(&budget, 5.5, "after a first attempt that succeeds, from 5 tokens");
        let budget = half_empty();
        run_with(&policy(5), &budget, &never, &[Fails, Fails, Succeeds]).await;
        assert_tokens(&budget, 3.5, "after two retries and a success, from 5 tokens");
        let budget = half_empty();
        run_with(&policy(5), &budget, &never, &[FailsForGood]).await;
        assert_tokens(&budget, 5.0, "after a failure for good, from 5 tokens");
        let budget = half_empty();
        run_with(&policy(2), &budget, &never, &[Fails, Fails]).await;
        assert_tokens(&budget, 4.0, "after one retry, and no success, from 5 tokens");
    });
}

#[test]
fn the_longest_durations_are_for_ever() {
    check_async(|| async {
        let never = CancellationToken::new();
        let budget = ample();
        let for_ever = |policy: RetryPolicy, plan: &'static [Plan], what: &'static str| {
            let (budget, never) = (&budget, &never);
            async move {
                let _doing = doing(what);
                let call = run_with(&policy, budget, never, plan);
                assert!(timeout(365 * DAY, call).await.is_err(), "{what} should not end in a year");
            }
        };
        let longest = Duration::MAX;
        let delays = RetryPolicy { base_delay: longest, max_delay: longest, ..policy(3) };
        for_ever(delays.clone(), &[Fails], "a wait of `Duration::MAX`").await;
        for_ever(policy(3), &[AsksFor(Duration::MAX)], "a `retry_after` of `Duration::MAX`").await;
        // Practically for ever, whatever is drawn.
        let jitter = RetryPolicy { jitter: true, ..delays };
        for_ever(jitter, &[Fails], "a wait of `Duration::MAX` with jitter").await;
        let limited = RetryPolicy { attempt_timeout: Some(longest), ..policy(3) };
        let run = run(&limited, &[SucceedsAfter(DAY)]).await;
        assert_ok(&run, 1);
    });
}

#[test]
fn an_error_tells_its_source() {
    check_async(|| async {
        let never = CancellationToken::new();
        let source = |run: &Run| {
            let error = run.result.as_ref().expect_err("no attempt succeeds");
            let error: &dyn Error = error;
            error.source().and_then(|source| source.downcast_ref::<Fault>()).map(|f| f.attempt)
        };
        let permanent = run(&policy(2), &[FailsForGood]).await;
        assert!(source(&permanent) == Some(1), "the source of `Permanent` is not its error");
        let exhausted = run(&policy(2), &[Fails, Fails]).await;
        assert!(source(&exhausted) == Some(2), "the source of `Exhausted` is not its last error");
        let budget = RetryBudget::new(0, 0.0);
        let over = run_with(&policy(2), &budget, &never, &[Fails]).await;
        assert!(source(&over) == Some(1), "the source of `OverBudget` is not its last error");
        let limited = RetryPolicy { attempt_timeout: Some(ms(1)), ..policy(1) };
        let late = run(&limited, &[SucceedsAfter(DAY)]).await;
        assert!(source(&late).is_none(), "`TimedOut` has no error, and a source");
    });
}

/// `Send`, and not `Sync`: it may go to another thread, but not be looked at from two.
struct Movable(Cell<u32>);

impl Transient for Movable {
    fn is_transient(&self) -> bool {
        self.0.get() > 0
    }
}

#[test]
fn the_future_is_send() {
    check_async(|| async {
        let (policy, budget, cancel) = (policy(1), ample(), CancellationToken::new());
        let counter = Movable(Cell::new(0));
        let call = retry(&policy, &budget, &cancel, move |attempt| {
            counter.0.set(attempt);
            let held = Movable(Cell::new(attempt));
            async move {
                pending::<()>().await;
                Err::<Movable, Movable>(held)
            }
        });
        assert_send!(call, "the future of `retry`");
    });
}
