//! Several calls at the same time.

use harness::doing;
use ollama_mock::{At, Failure};
use retry::{RetryBudget, RetryError};
use tokio::join;
use tokio_util::sync::CancellationToken;

use super::{Setting, ample, assert_answered, check_io, in_words, policy, retry};

#[test]
fn concurrent_calls_do_not_wait_for_each_other() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let (policy, budget, never) = (policy(), ample(), CancellationToken::new());
        let arrival = ollama.mock.gate(At::Arrival);
        arrival.close();

        let _doing =
            doing("waiting until each of four concurrent calls has sent its first request");
        let call = || retry(&policy, &budget, &never, |_| ollama.generate());
        let all_at_once = async {
            arrival.wait_for(4).await;
            arrival.open();
        };
        let (a, b, c, d, ()) = join!(call(), call(), call(), call(), all_at_once);
        for answer in [a, b, c, d] {
            assert_answered(&answer, "the server replied to four concurrent calls");
        }
    });
}

#[test]
fn concurrent_calls_share_one_budget() {
    check_io(|| async {
        const TOKENS: usize = 10;
        const CALLS: usize = 4;
        let ollama = Setting::new().await;
        let (policy, never) = (policy(), CancellationToken::new());
        let budget = RetryBudget::new(TOKENS as u32, 0.1);
        let most_requests = CALLS * policy.max_attempts.get() as usize;
        ollama.mock.script(vec![Failure::busy(); most_requests]);

        let _doing = doing("waiting for four concurrent calls to return, none of which succeeds");
        let call = || retry(&policy, &budget, &never, |_| ollama.generate());
        let (a, b, c, d) = join!(call(), call(), call(), call());
        let mut made = 0;
        for answer in [a, b, c, d] {
            let (Err(RetryError::OverBudget { attempts, .. })
            | Err(RetryError::Exhausted { attempts, .. })) = answer
            else {
                panic!(
                    "the server is always busy: `retry` should have returned `OverBudget` or \
                     `Exhausted`, but returned {}",
                    in_words(&answer)
                );
            };
            made += attempts as usize;
        }
        let requests = ollama.requests();
        assert!(
            requests == CALLS + TOKENS,
            "{CALLS} calls with {TOKENS} tokens for all of them should send {} requests, but sent \
             {requests}",
            CALLS + TOKENS
        );
        assert!(
            made == requests,
            "{requests} requests were sent, but the errors report {made} attempts together"
        );
        assert!(
            budget.tokens() < 0.0005,
            "all {TOKENS} tokens should be spent, but {} are left",
            budget.tokens()
        );
    });
}
