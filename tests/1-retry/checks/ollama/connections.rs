//! What happens to the connection when an attempt ends early.

use std::time::Duration;

use harness::{LocalBoxFuture, doing};
use ollama::{Error, GenerateResponse};
use ollama_mock::{Fault, Gate};
use retry::RetryPolicy;
use tokio::{join, select};
use tokio_util::sync::CancellationToken;

use super::{
    Setting, YEAR, ample, assert_answered, assert_cancelled, check_io, in_words, policy, retry,
};

#[test]
fn a_stalled_reply_is_dropped_at_the_timeout() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let gate = Gate::new();
        let (budget, cancel) = (ample(), CancellationToken::new());
        let limited = RetryPolicy { attempt_timeout: Some(Duration::from_millis(1)), ..policy() };

        // The second attempt does not use the network, where it might take longer than the timeout.
        let in_time = ollama.generate().await.expect("the mock answers");
        let mut first = Some(stalled(&ollama, &gate).await);
        let _doing = doing("waiting for the second attempt, after the first reply has stalled");
        let answer = retry(&limited, &budget, &cancel, |_| {
            let (reply, in_time) = (first.take(), in_time.clone());
            async move {
                match reply {
                    Some(reply) => reply.await,
                    None => Ok(in_time),
                }
            }
        })
        .await;
        assert_answered(
            &answer,
            "the first reply stalled, and the second attempt succeeded at once",
        );
        let _doing = doing("waiting for the connection of a stalled reply to be closed");
        gate.wait_for_left(1).await;

        let mut first = Some(stalled(&ollama, &gate).await);
        let _doing = doing(
            "waiting for the connection of a stalled reply to be closed during the next wait",
        );
        let waits = RetryPolicy { base_delay: YEAR, jitter: false, ..limited };
        let call =
            retry(&waits, &budget, &cancel, |_| first.take().expect("no second attempt in a year"));
        select! {
            answer = call => panic!(
                "a reply stalled: `retry` should wait for a year before the next attempt, but \
                 returned {}",
                in_words(&answer)
            ),
            _ = gate.wait_for_left(2) => {}
        }
    });
}

/// A reply that has arrived in part and is stopped at the gate: a timeout that starts now cannot
/// end before the reply has stalled.
async fn stalled<'a>(
    ollama: &'a Setting,
    gate: &Gate,
) -> LocalBoxFuture<'a, Result<GenerateResponse, Error>> {
    ollama.mock.script([Fault::Stall { after: 0, gate: gate.clone() }]);
    let mut reply = Box::pin(ollama.generate());
    select! {
        reply = &mut reply => panic!("the mock should stall, but replied {reply:?}"),
        _ = gate.wait_for(1) => reply,
    }
}

#[test]
fn a_cancelled_attempt_closes_its_connection() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let (silent, stalled) = (Gate::new(), Gate::new());
        for (fault, gate, when) in [
            (Fault::Hold(silent.clone()), silent, "before its reply"),
            (
                Fault::Stall { after: 0, gate: stalled.clone() },
                stalled,
                "in the middle of its reply",
            ),
        ] {
            let before = ollama.requests();
            ollama.mock.script([fault]);
            let _doing = doing(format!("cancelling an attempt {when}"));
            let (policy, budget, cancel) = (policy(), ample(), CancellationToken::new());
            let call = retry(&policy, &budget, &cancel, |_| ollama.generate());
            let cancelled = async {
                gate.wait_for(1).await;
                cancel.cancel();
            };
            let (answer, ()) = join!(call, cancelled);
            assert_cancelled(&answer, &format!("during an attempt, {when}"));
            let _doing = doing(format!(
                "waiting for the connection of an attempt to be closed, cancelled {when}"
            ));
            gate.wait_for_left(1).await;
            let requests = ollama.requests() - before;
            assert!(
                requests == 1,
                "the first attempt was cancelled: the server should have received 1 request, but \
                 received {requests}"
            );
        }
    });
}
