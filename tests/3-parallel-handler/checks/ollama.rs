//! The handler with the given client, against a mock of Ollama that holds and breaks replies.
//!
//! These checks use sockets and so the real clock. They wait for events and count; none waits for
//! time to pass, or measures it.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use harness::{LocalBoxFuture, doing};
use ollama::{Client, GenerateRequest, GenerateResponse};
use ollama_mock::{At, End, Failure as Fails, Fault, Gate, Mock, Request};
use parallel_handler::{Failure, Limits};
use real_tokio::task::yield_now;
use real_tokio::{join, select};
use real_tokio_util::sync::CancellationToken;

use super::any_backend::{AnyBackend, GenerateBoxed, Generating, generate_all};
use super::check_io;

/// A time limit that no check reaches.
fn up_to(concurrency: usize) -> Limits {
    let concurrency = NonZeroUsize::new(concurrency).expect("the checks use limits above zero");
    Limits { concurrency, per_request: Duration::from_secs(24 * 60 * 60) }
}

/// A mock that can work on all requests at the same time, and a client for it.
struct Setup {
    mock: Mock,
    client: Counted,
    requests: Vec<GenerateRequest>,
}

impl Setup {
    async fn new(requests: usize) -> Self {
        let mock = Mock::builder().parallel(64).warm().start().await;
        let mock = mock.expect("there is a free port on this machine");
        let client = Client::new(&mock.uri()).expect("the mock has a valid address");
        let client = Counted { client, in_flight: AtomicUsize::new(0) };
        let requests = (0..requests).map(|at| GenerateRequest::new("llama3.2", prompt(at)));
        Self { mock, client, requests: requests.collect() }
    }

    fn handle<'a>(
        &'a self,
        limits: &'a Limits,
    ) -> LocalBoxFuture<'a, Vec<Result<GenerateResponse, Failure>>> {
        Box::pin(async {
            let never = CancellationToken::new();
            generate_all(&AnyBackend(&self.client), self.requests.clone(), limits, &never).await
        })
    }

    /// What the mock replies to each request when it is sent alone.
    async fn expected(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for request in &self.requests {
            let reply = self.client.generate_boxed(request).await.expect("the mock replies");
            texts.push(reply.response);
        }
        texts
    }

    /// Waits until the first request is held at this gate. All others that the handler sends
    /// without waiting for that one are in flight by then.
    async fn assert_concurrent(&self, gate: &Gate, concurrency: usize) {
        gate.wait_for(1).await;
        for _ in 0..100 {
            // A handler that wakes itself is polled again in between.
            yield_now().await;
        }
        let in_flight = self.client.in_flight.load(Relaxed);
        let only = match in_flight {
            1 => "only 1 request was".to_owned(),
            _ => format!("only {in_flight} requests were"),
        };
        assert!(
            in_flight >= concurrency,
            "with concurrency {concurrency} {only} in flight while others waited"
        );
    }
}

/// The client, and how many of its calls are in flight.
struct Counted {
    client: Client,
    in_flight: AtomicUsize,
}

impl GenerateBoxed for Counted {
    fn generate_boxed(&self, request: &GenerateRequest) -> Generating<'_> {
        struct InFlight<'a>(&'a AtomicUsize);

        impl Drop for InFlight<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Relaxed);
            }
        }

        let request = request.clone();
        Box::pin(async move {
            self.in_flight.fetch_add(1, Relaxed);
            let _in_flight = InFlight(&self.in_flight);
            self.client.generate(&request).await
        })
    }
}

fn prompt(at: usize) -> String {
    format!("Tell me about the number {at}.")
}

/// Whether the server received the request with this index.
fn is_request(request: &Request, at: usize) -> bool {
    request.json()["prompt"] == prompt(at)
}

fn readable(result: &Result<GenerateResponse, Failure>) -> String {
    match result {
        Ok(reply) => format!("the response {:?}", reply.response),
        Err(Failure::Backend(error)) => format!("`Backend`: {error}"),
        Err(Failure::TimedOut) => "`TimedOut`".to_owned(),
        Err(Failure::Cancelled) => "`Cancelled`".to_owned(),
    }
}

#[test]
fn ollama_sees_as_many_requests_as_the_limit() {
    check_io(|| async {
        let setup = Setup::new(10).await;
        let arrival = setup.mock.gate(At::Arrival);
        arrival.close();
        let limits = up_to(3);
        let script = async {
            setup.assert_concurrent(&arrival, 3).await;
            for finished in 0..10 {
                let _doing = doing(format!(
                    "waiting for 3 requests at the server after {finished} have ended"
                ));
                arrival.wait_for(3.min(10 - finished)).await;
                // The last in the list: the next request must not wait until those before have ended.
                let held = arrival.held();
                let last = (0..10).rev().find_map(|at| held.iter().find(|it| is_request(it, at)));
                arrival.release_id(last.expect("a request is held").id());
                arrival.until(|counts| counts.finished > finished).await;
            }
        };
        join!(setup.handle(&limits), script);
        let most = arrival.max_in_flight();
        assert!(most <= 3, "with concurrency 3 there were {most} requests at the server");
    });
}

#[test]
fn replies_in_reverse_come_back_in_order() {
    check_io(|| async {
        let setup = Setup::new(3).await;
        let expected = setup.expected().await;
        let arrival = setup.mock.gate(At::Arrival);
        let before = arrival.counts().finished;
        arrival.close();
        let limits = up_to(3);
        let script = async {
            setup.assert_concurrent(&arrival, 3).await;
            let _doing = doing("waiting for 3 requests at the server");
            arrival.wait_for(3).await;
            for (finished, at) in (0..3).rev().enumerate() {
                let held = arrival.held();
                let request = held.iter().find(|request| is_request(request, at));
                let id = request.map(|request| request.id());
                let id = id.unwrap_or_else(|| panic!("request {at} is not at the server"));
                arrival.release_id(id);
                let _doing = doing(format!("waiting for the end of request {at}"));
                arrival.until(|counts| counts.finished > before + finished).await;
            }
        };
        let (results, ()) = join!(setup.handle(&limits), script);
        for (at, (result, expected)) in results.iter().zip(&expected).enumerate() {
            assert!(
                matches!(result, Ok(reply) if reply.response == *expected),
                "the server replied {expected:?} to request {at}, and its result is {}",
                readable(result)
            );
        }
    });
}

#[test]
fn a_dropped_call_closes_its_connections() {
    check_io(|| async {
        let setup = Setup::new(8).await;
        let arrival = setup.mock.gate(At::Arrival);
        arrival.close();
        let limits = up_to(3);
        let three_at_the_server = async {
            setup.assert_concurrent(&arrival, 3).await;
            let _doing = doing("waiting for 3 requests at the server");
            arrival.wait_for(3).await;
        };
        select! {
            _ = setup.handle(&limits) => panic!("the call returned before any reply was sent"),
            () = three_at_the_server => {}
        }
        let _doing = doing("waiting for the connections of a dropped call to be closed");
        arrival.wait_for_left(3).await;
    });
}

/// A request that has arrived at the server when the handler sends it. So its connection exists
/// when its time is up, however short that is.
struct Prepared<'a>(Mutex<Option<Generating<'a>>>);

impl GenerateBoxed for Prepared<'_> {
    fn generate_boxed(&self, _: &GenerateRequest) -> Generating<'_> {
        Box::pin(async {
            let prepared = self.0.lock().expect("nothing panics under this lock").take();
            match prepared {
                Some(prepared) => prepared.await,
                None => panic!("the request was sent 2 times"),
            }
        })
    }
}

#[test]
fn a_timed_out_request_closes_its_connection() {
    check_io(|| async {
        let setup = Setup::new(1).await;
        let gate = Gate::new();
        setup.mock.script([Fault::Hold(gate.clone())]);
        let mut in_flight = setup.client.generate_boxed(&setup.requests[0]);
        select! {
            reply = &mut in_flight => panic!("the mock holds this request, but replied {reply:?}"),
            _ = gate.wait_for(1) => {}
        }
        let backend = Prepared(Mutex::new(Some(in_flight)));
        let limits = Limits { per_request: Duration::from_millis(1), ..up_to(1) };
        let never = CancellationToken::new();
        let results = {
            let _doing = doing("waiting for a request without a reply to time out");
            generate_all(&AnyBackend(&backend), setup.requests.clone(), &limits, &never).await
        };
        assert!(
            matches!(results[0], Err(Failure::TimedOut)),
            "the server did not reply, and the result is {}",
            readable(&results[0])
        );
        let _doing = doing("waiting for the connection of a request that timed out to be closed");
        gate.wait_for_left(1).await;
    });
}

#[test]
fn every_ollama_failure_affects_one_result() {
    check_io(|| async {
        let cut = |end| Fault::Cut { after: 0, end, then_refuse: false };
        for (fault, what) in [
            (Fails::busy().into(), "status 503, too many requests wait"),
            (Fails::new(404, "model 'missing' not found").into(), "status 404, unknown model"),
            (
                Fails::new(500, "option \"temperature\" must be of type float32").into(),
                "status 500, bad option",
            ),
            (Fails::overflow().into(), "status 400, the prompt is too long"),
            (Fails::from_a_proxy(429, 60).into(), "status 429 from a proxy"),
            (Fault::Crash { after: 0 }, "the model's process crashes"),
            (Fault::NoDone { after: 0 }, "the reply ends without `done`"),
            (cut(End::Fin), "the reply is cut off"),
            (cut(End::Reset), "the connection is reset during the reply"),
            (Fault::HangUp(End::Fin), "the connection is closed before the reply"),
            (Fault::HangUp(End::Reset), "the connection is reset before the reply"),
        ] {
            let setup = Setup::new(5).await;
            let fault: Fault = fault;
            setup.mock.script_when(|request| is_request(request, 2), [fault]);
            let _doing = doing(format!("handling five requests of which one fails ({what})"));
            let results = setup.handle(&up_to(2)).await;
            for (at, result) in results.iter().enumerate() {
                let right = match at {
                    2 => matches!(result, Err(Failure::Backend(_))),
                    _ => result.is_ok(),
                };
                assert!(
                    right,
                    "request 2 failed ({what}), and the result of request {at} is {}",
                    readable(result)
                );
            }
            let requests = setup.mock.requests().len();
            assert!(
                requests == 5,
                "one of five requests failed ({what}), and the server saw {requests} requests"
            );
        }
    });
}
