//! What a cancel keeps, what it ends, and that nothing is sent after it.

use harness::{Polling, doing};
use real_tokio::task::yield_now;
use real_tokio::time::Instant;
use real_tokio_util::sync::CancellationToken;

use super::*;

#[test]
fn a_cancel_keeps_finished_results() {
    check_async(|| async {
        let backend = Backend::replying(Reply::WhenTold)
            .except(0, Reply::After(ms(10)))
            .except(2, Reply::FailsAfter(ms(10)))
            .except(3, Reply::After(ms(60)));
        let cancel = CancellationToken::new();
        let script = async {
            sleep(ms(75)).await;
            cancel.cancel();
            settle().await;
            // So that a call that ignores the cancel ends, too.
            (0..9).for_each(|number| backend.respond(number));
        };
        let _doing = doing("cancelling the call");
        let results = handle_with(&backend, 9, limits(4, ms(50)), &cancel, script).await;
        // Requests 1 and 3 to 5 were sent in the first 10 ms, and have timed out by then.
        let mut expected =
            vec!["response 0", "timed out", "failure 2", "timed out", "timed out", "timed out"];
        expected.resize(9, "cancelled");
        assert!(results.len() == 9, "9 requests have {} results", results.len());
        for (number, (result, expected)) in results.iter().zip(expected).enumerate() {
            assert!(
                result == expected,
                "requests 0 to 5 had ended before the cancel, and the others had not: the result of \
                 request {number} should be {expected:?}, and is {result:?}"
            );
        }
    });
}

#[test]
fn nothing_is_sent_after_a_cancel() {
    check_async(|| async {
        for concurrency in [1, 3] {
            let backend = Backend::new();
            let cancel = CancellationToken::new();
            let mut before = 0;
            let script = async {
                settle().await;
                backend.respond(0);
                settle().await;
                cancel.cancel();
                before = backend.seen().sent.len();
                // These results may be kept or not, but must not make room for more requests.
                backend.respond(1);
                backend.fail(2);
                settle().await;
                // So that a call that ignores the cancel ends, too.
                (3..64).for_each(|number| backend.respond(number));
            };
            let _doing = doing("cancelling the call");
            // Many, because a `select!` without `biased` polls the token first at random.
            handle_with(&backend, 64, up_to(concurrency), &cancel, script).await;
            let after = backend.seen().sent.len() - before;
            assert!(
                after == 0,
                "{before} requests were sent before the cancel, and {after} more after it"
            );
        }
    });
}

#[test]
fn nothing_is_in_flight_when_a_cancelled_call_returns() {
    check_async(|| async {
        let backend = Backend::new();
        let cancel = CancellationToken::new();
        let script = async {
            settle().await;
            cancel.cancel();
            settle().await;
            // So that a call that ignores the cancel ends, too.
            (0..5).for_each(|number| backend.respond(number));
        };
        let _doing = doing("cancelling the call");
        handle_with(&backend, 5, up_to(3), &cancel, script).await;
        let in_flight = &backend.seen().in_flight;
        assert!(
            in_flight.is_empty(),
            "the cancelled call returned, and requests {in_flight:?} are still in flight"
        );
    });
}

#[test]
fn a_call_cancelled_beforehand_sends_nothing() {
    check_async(|| async {
        for concurrency in [1, 10] {
            let backend = Backend::replying(Reply::AtOnce);
            let cancel = CancellationToken::new();
            cancel.cancel();
            let _doing = doing("calling with a token that is already cancelled");
            // Many, because a `select!` without `biased` polls the token first at random.
            handle_with(&backend, 64, up_to(concurrency), &cancel, async {}).await;
            let sent = backend.seen().sent.len();
            assert!(
                sent == 0,
                "the token was cancelled before the call, which sent {sent} requests"
            );
        }
    });
}

#[test]
fn a_cancel_ends_the_call_at_once() {
    check_async(|| async {
        // With requests that wait for their turn, and with all of them in flight.
        for (count, concurrency) in [(5, 2), (2, 4)] {
            let backend = Backend::new();
            let cancel = CancellationToken::new();
            let start = Instant::now();
            let script = async {
                sleep(YEAR).await;
                cancel.cancel();
                sleep(ms(1_000)).await;
                // So that a call that ignores the cancel ends, too.
                (0..count).for_each(|number| backend.respond(number));
            };
            let _doing = doing("cancelling the call while no request has a response");
            let results = handle_with(&backend, count, up_to(concurrency), &cancel, script).await;
            let late = start.elapsed() - YEAR;
            assert!(
                late.is_zero(),
                "the call returned {late:?} after the cancel, instead of at once"
            );
            assert!(
                results == vec!["cancelled"; count],
                "no request had a response before the cancel, and the results are {results:?}"
            );
        }
    });
}

#[test]
fn an_always_ready_backend_does_not_starve_a_cancel() {
    check_async(|| async {
        for concurrency in [1, 4] {
            let cancel = CancellationToken::new();
            let backend = Backend::replying(Reply::AtOnce).on_sent({
                let cancel = cancel.clone();
                move |number| {
                    if number == 5 {
                        cancel.cancel();
                    }
                }
            });
            let _doing = doing("cancelling the call from within request 5");
            handle_with(&backend, 1_000, up_to(concurrency), &cancel, async {}).await;
            let sent = &backend.seen().sent;
            let at = sent.iter().position(|number| *number == 5);
            let after = at.map_or(0, |at| sent.len() - at - 1);
            // In the same poll, requests that have their slot already may still be sent.
            let most = concurrency - 1;
            assert!(
                after <= most,
                "request 5 cancelled the call, and {after} more requests were sent; with concurrency \
                 {concurrency}, at most {most} may be sent"
            );
        }
    });
}

#[test]
fn a_backend_that_wakes_itself_does_not_starve_a_cancel() {
    check_async(|| async {
        for concurrency in [1, 4] {
            let backend = Backend::replying(Reply::WakesItself);
            let cancel = CancellationToken::new();
            let script = async {
                // The call is polled in between.
                yield_now().await;
                cancel.cancel();
            };
            let _doing = doing("cancelling a call whose requests wake themselves in every poll");
            let results = handle_with(&backend, 4, up_to(concurrency), &cancel, script).await;
            assert!(
                results == vec!["cancelled"; 4],
                "no request had a response before the cancel, and the results are {results:?}"
            );
        }
    });
}

#[test]
fn the_callers_token_is_never_cancelled() {
    check_async(|| async {
        let cancel = CancellationToken::new();
        let backend = Backend::replying(Reply::FailsAfter(ms(10)))
            .except(1, Reply::After(ms(10)))
            .except(2, Reply::After(YEAR));
        handle_with(&backend, 4, limits(2, ms(50)), &cancel, async {}).await;
        assert!(!cancel.is_cancelled(), "the call returned and had cancelled the caller's token");

        let backend = Backend::new();
        let limits = up_to(2);
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(4), &limits, &cancel));
        assert!(call.poll().is_pending(), "the call returned before any request had ended");
        drop(call);
        settle().await;
        assert!(!cancel.is_cancelled(), "the call was dropped and cancelled the caller's token");
    });
}
