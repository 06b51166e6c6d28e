//! `Limits::per_request`: when it starts, what it ends, and what wins over it.

use harness::doing;
use real_tokio::time::Instant;

use super::*;

#[test]
fn a_request_times_out_at_its_limit() {
    check_async(|| async {
        let backend = Backend::replying(Reply::After(ms(10))).except(1, Reply::WhenTold);
        let start = Instant::now();
        let _doing = doing("handling requests that never get a response");
        let results = handle(&backend, 3, limits(3, ms(100))).await;
        let took = start.elapsed();
        assert!(
            results == ["response 0", "timed out", "response 2"],
            "request 1 had no response within 100 ms, and the results are {results:?}"
        );
        assert!(took == ms(100), "a request with a limit of 100 ms timed out after {took:?}");
    });
}

#[test]
fn the_time_limit_starts_when_the_request_is_sent() {
    check_async(|| async {
        // With concurrency 1, request 3 is sent after 240 ms; with 2, after 80 ms.
        for (concurrency, end) in [(1, ms(340)), (2, ms(180))] {
            let backend = Backend::replying(Reply::After(ms(80))).except(3, Reply::WhenTold);
            let start = Instant::now();
            let _doing = doing("handling requests that never get a response");
            let results = handle(&backend, 4, limits(concurrency, ms(100))).await;
            let took = start.elapsed();
            assert!(
                results == ["response 0", "response 1", "response 2", "timed out"],
                "requests 0 to 2 took 80 ms each, with a limit of 100 ms and concurrency \
                 {concurrency}, and the results are {results:?}"
            );
            assert!(
                took == end,
                "with concurrency {concurrency}, request 3 should time out after {end:?}, 100 ms \
                 after it was sent, and did after {took:?}"
            );
        }
    });
}

#[test]
fn a_timed_out_request_is_dropped_before_the_next_is_sent() {
    check_async(|| async {
        // With concurrency 3, all three time out in the same poll.
        for concurrency in [1, 3] {
            let backend = Backend::new();
            let _doing = doing("handling requests that never get a response");
            handle(&backend, 9, limits(concurrency, ms(100))).await;
            let most = backend.seen().most_in_flight;
            assert!(
                most <= concurrency,
                "with concurrency {concurrency} there were {most} requests in flight: one that had \
                 timed out still existed when the next was sent"
            );
        }
    });
}

#[test]
fn a_ready_response_wins_over_the_time_limit() {
    check_async(|| async {
        let _doing = doing("handling requests with a limit of zero");
        let backend = Backend::replying(Reply::AtOnce).except(1, Reply::WhenTold);
        let results = handle(&backend, 3, limits(1, Duration::ZERO)).await;
        assert!(
            results == ["response 0", "timed out", "response 2"],
            "with a limit of zero only request 1 had no response at once, and the results are \
             {results:?}"
        );

        // Many, because a `select!` without `biased` polls the clock first at random.
        let backend = Backend::replying(Reply::AtOnce);
        let results = handle(&backend, 64, limits(1, Duration::ZERO)).await;
        let timed_out = results.iter().filter(|result| *result == "timed out").count();
        assert!(
            timed_out == 0,
            "with a limit of zero, {timed_out} of 64 requests timed out although their responses \
             were ready at once"
        );

        let backend = Backend::replying(Reply::After(ms(100)));
        let results = handle(&backend, 2, limits(2, ms(100))).await;
        assert!(
            results == responses(2),
            "the responses came exactly at the limit, and the results are {results:?}"
        );
    });
}

#[test]
fn the_largest_time_limit_is_no_limit() {
    check_async(|| async {
        let backend = Backend::replying(Reply::After(YEAR));
        let _doing = doing("handling requests with a limit of `Duration::MAX`");
        let results = handle(&backend, 2, limits(2, Duration::MAX)).await;
        assert!(
            results == responses(2),
            "with a limit of `Duration::MAX` and responses after a year, the results are \
             {results:?}"
        );
    });
}
