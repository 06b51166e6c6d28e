//! How many requests are in flight, and when the next one is sent.

use harness::doing;
use real_tokio_util::sync::CancellationToken;

use super::*;

#[test]
fn requests_run_concurrently_up_to_the_limit() {
    check_async(|| async {
        for concurrency in [3, 2, 5] {
            let backend = Backend::new();
            let script = async {
                settle().await;
                assert_concurrent(backend.seen().in_flight.len(), concurrency);
                (0..7).for_each(|number| backend.respond(number));
            };
            let never = CancellationToken::new();
            handle_with(&backend, 7, up_to(concurrency), &never, script).await;
        }
    });
}

#[test]
fn no_more_requests_are_in_flight_than_the_limit() {
    check_async(|| async {
        for concurrency in [3, 2, 1] {
            // Some end at the same time, some at different times, one fails and one times out.
            let backend = Backend::replying(Reply::After(ms(10)))
                .except(1, Reply::After(ms(25)))
                .except(2, Reply::After(YEAR))
                .except(4, Reply::FailsAfter(ms(3)))
                .except(5, Reply::AtOnce)
                .except(6, Reply::AtOnce);
            let _doing = doing("handling twelve requests, of which one fails and one times out");
            handle(&backend, 12, limits(concurrency, ms(40))).await;
            let most = backend.seen().most_in_flight;
            assert!(
                most <= concurrency,
                "with concurrency {concurrency} there were {most} requests in flight"
            );
        }
    });
}

#[test]
fn twenty_thousand_requests_may_be_ready_at_once() {
    check_async(|| async {
        for concurrency in [1, 3] {
            let backend = Backend::replying(Reply::AtOnce);
            let _doing = doing(format!(
                "handling 20,000 requests that are ready at once, with concurrency {concurrency}"
            ));
            let results = handle(&backend, 20_000, up_to(concurrency)).await;
            assert!(results == responses(20_000), "the results are not the 20,000 responses");
        }
    });
}

#[test]
fn when_a_request_ends_the_next_one_is_sent() {
    check_async(|| async {
        let backend = Backend::new();
        let script = async {
            settle().await;
            assert_concurrent(backend.seen().in_flight.len(), 3);
            // The last of those in flight ends first, then the one in the middle, then the first.
            for (ends, next) in [(2, 3), (1, 4), (0, 5)] {
                backend.respond(ends);
                settle().await;
                let sent = backend.seen().sent.contains(&next);
                assert!(sent, "request {ends} ended, and request {next} was not sent");
            }
            (3..6).for_each(|number| backend.respond(number));
        };
        handle_with(&backend, 6, up_to(3), &CancellationToken::new(), script).await;
    });
}

#[test]
fn a_slow_request_does_not_block_the_others() {
    check_async(|| async {
        let backend = Backend::replying(Reply::After(ms(10))).except(0, Reply::WhenTold);
        let script = async {
            settle().await;
            assert_concurrent(backend.seen().in_flight.len(), 3);
            sleep(YEAR).await;
            let sent = backend.seen().sent.len() - 1;
            assert!(
                sent == 19,
                "request 0 has no response yet, and only {sent} of the other 19 requests were sent"
            );
            backend.respond(0);
        };
        handle_with(&backend, 20, up_to(3), &CancellationToken::new(), script).await;
    });
}

#[test]
fn requests_are_sent_in_list_order() {
    check_async(|| async {
        let backend = Backend::replying(Reply::After(ms(10)))
            .except(0, Reply::After(ms(35)))
            .except(3, Reply::AtOnce)
            .except(4, Reply::FailsAfter(ms(1)));
        handle(&backend, 10, up_to(3)).await;
        let sent = &backend.seen().called;
        assert!(sent.is_sorted() && sent.len() == 10, "requests 0 to 9 were sent as {sent:?}");

        for concurrency in [1, 3] {
            // So many that tokio lets other tasks have the thread in between.
            let backend = Backend::replying(Reply::AtOnce);
            handle(&backend, 400, up_to(concurrency)).await;
            let sent = &backend.seen().called;
            if let Some([early, late]) = sent.array_windows().find(|[one, next]| one > next) {
                panic!(
                    "with 400 requests that are ready at once, and concurrency {concurrency}, \
                     request {early} was sent before request {late}"
                );
            }
        }
    });
}

#[test]
fn generate_is_called_only_when_a_slot_is_free() {
    check_async(|| async {
        let backend = Backend::new();
        let script = async {
            for ended in 0..8 {
                settle().await;
                let free = (ended + 3).min(8);
                let called = backend.seen().called.len();
                assert!(
                    called <= free,
                    "with concurrency 3 and {ended} requests ended, `generate` was called {called} \
                     times, which is more than {free}"
                );
                backend.respond(ended);
            }
        };
        handle_with(&backend, 8, up_to(3), &CancellationToken::new(), script).await;
    });
}

#[test]
fn ten_thousand_results_are_in_order() {
    check_async(|| async {
        let backend = Backend::replying(Reply::After(ms(1)));
        let _doing = doing("handling ten thousand requests");
        let results = handle(&backend, 10_000, up_to(8)).await;
        let expected = responses(10_000);
        let wrong = (0..10_000).find(|at| results.get(*at) != expected.get(*at));
        if let Some(at) = wrong {
            let result = results.get(at);
            panic!(
                "of ten thousand results, the first wrong one is that of request {at}: {result:?}"
            );
        }
    });
}

#[test]
fn the_largest_concurrency_is_no_limit() {
    check_async(|| async {
        // 2^32 is one more than a `u32` holds; there is none where a `usize` has 32 bits.
        for concurrency in [Some(usize::MAX), 1_usize.checked_shl(32)].into_iter().flatten() {
            let backend = Backend::new();
            let script = async {
                settle().await;
                let in_flight = backend.seen().in_flight.len();
                assert!(
                    in_flight == 40,
                    "with concurrency {concurrency}, all 40 requests should be in flight together; \
                     in flight are {in_flight}"
                );
                (0..40).for_each(|number| backend.respond(number));
            };
            let never = CancellationToken::new();
            let results = handle_with(&backend, 40, up_to(concurrency), &never, script).await;
            assert!(
                results == responses(40),
                "with concurrency {concurrency}, the results are not the 40 responses"
            );
        }
    });
}
