//! One result per request, in their order, whatever happens to the others.

use harness::doing;
use ollama::GenerateRequest;
use real_tokio::time::Instant;
use real_tokio_util::sync::CancellationToken;

use super::*;

#[test]
fn every_request_has_its_response() {
    check_async(|| async {
        let backend = Backend::replying(Reply::After(ms(10)));
        let _doing = doing("handling three requests");
        let results = handle(&backend, 3, up_to(2)).await;
        assert!(results == responses(3), "the results of three requests are {results:?}");
    });
}

#[test]
fn results_are_in_the_order_of_the_requests() {
    check_async(|| async {
        let backend = Backend::new();
        let script = async {
            for number in [2, 3, 1, 0] {
                settle().await;
                backend.respond(number);
            }
        };
        let _doing = doing("handling four requests that end in the order 2, 3, 1, 0");
        let results = handle_with(&backend, 4, up_to(4), &CancellationToken::new(), script).await;
        assert!(
            results == responses(4),
            "requests 0 to 3 ended in the order 2, 3, 1, 0, and the results are {results:?}"
        );
    });
}

#[test]
fn an_empty_list_returns_at_once() {
    check_async(|| async {
        let start = Instant::now();
        let _doing = doing("handling an empty list");
        let results = handle(&Backend::new(), 0, limits(3, ms(10))).await;
        let took = start.elapsed();
        assert!(
            results.is_empty() && took.is_zero(),
            "for an empty list the call returned {results:?} after {took:?}"
        );
    });
}

#[test]
fn each_request_is_sent_once() {
    check_async(|| async {
        // A failure, a response and a timeout.
        let backend = Backend::replying(Reply::FailsAfter(ms(5)))
            .except(1, Reply::AtOnce)
            .except(2, Reply::After(YEAR));
        let _doing = doing("handling requests that fail and time out");
        handle(&backend, 4, limits(2, ms(10))).await;
        let sent = &backend.seen().called;
        for number in 0..4 {
            let times = sent.iter().filter(|sent| **sent == number).count();
            assert!(times == 1, "request {number} was sent {times} times");
        }
    });
}

#[test]
fn requests_are_sent_unchanged() {
    check_async(|| async {
        let backend = Backend::replying(Reply::AtOnce);
        // An empty prompt makes Ollama load the model.
        let mut requests =
            [" 7\n", "", "8"].map(|prompt| GenerateRequest::new("llama3.2", prompt)).to_vec();
        requests[2].system = Some("be short".to_owned());
        requests[2].keep_alive = Some("5m".to_owned());
        requests[2].raw = Some(true);
        let never = CancellationToken::new();
        generate_all(&AnyBackend(&backend), requests.clone(), &up_to(1), &never).await;
        let sent = &backend.seen().requests;
        for request in &requests {
            assert!(
                sent.contains(request),
                "the request with the prompt {:?} was not sent, or one of its fields was changed",
                request.prompt
            );
        }
    });
}

#[test]
fn equal_requests_are_sent_separately() {
    check_async(|| async {
        let good = Reply::After(ms(5));
        let backend = Backend::replying(good).in_turn([good, Reply::FailsAfter(ms(5)), good]);
        let requests = vec![GenerateRequest::new("llama3.2", "7"); 3];
        let never = CancellationToken::new();
        let results = generate_all(&AnyBackend(&backend), requests, &up_to(1), &never).await;
        let results = readable(&results);
        assert!(
            results == ["response 7", "failure 7", "response 7"],
            "of three equal requests the backend lets the second fail, and the results are \
             {results:?}"
        );
    });
}

#[test]
fn a_failure_affects_only_its_own_request() {
    check_async(|| async {
        for concurrency in [1, 3] {
            let backend = Backend::replying(Reply::After(ms(10)))
                .except(0, Reply::FailsAfter(ms(5)))
                .except(2, Reply::FailsAfter(ms(20)));
            let _doing = doing("handling five requests of which two fail");
            let results = handle(&backend, 5, up_to(concurrency)).await;
            let expected = ["failure 0", "response 1", "failure 2", "response 3", "response 4"];
            assert!(
                results == expected,
                "requests 0 and 2 failed, and the results are {results:?}"
            );
        }
    });
}
