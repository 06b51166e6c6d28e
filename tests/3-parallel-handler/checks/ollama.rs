//! The handler with the given client, against an Ollama that can be held and broken.
//!
//! All of it is on sockets, and so on the real clock; but nothing here waits for time to go
//! by, or asks how much has.

use std::collections::BTreeSet;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use harness::doing;
use ollama::{Client, Error, Generate, GenerateRequest, GenerateResponse};
use ollama_mock::{At, End, Failure as Fails, Fault, Gate, Mock, Request};
use parallel_handler::{Failure, Limits, generate_all};
use real_tokio::{join, select};
use real_tokio_util::sync::CancellationToken;

use super::check_io;

fn at_once(concurrency: usize) -> Limits {
    let concurrency = NonZeroUsize::new(concurrency).expect("at least one");
    Limits { concurrency, per_request: Duration::MAX }
}

/// A mock that has a slot for every request, and a client of it.
struct Setting {
    mock: Mock,
    client: Client,
    requests: Vec<GenerateRequest>,
}

impl Setting {
    async fn new(requests: usize) -> Self {
        let mock = Mock::builder().parallel(64).warm().start().await;
        let mock = mock.expect("a free port on this machine");
        let client = Client::new(&mock.uri()).expect("the mock's address");
        let requests = (0..requests).map(|at| GenerateRequest::new("llama3.2", prompt(at)));
        Self { mock, client, requests: requests.collect() }
    }

    async fn handle(&self, limits: &Limits) -> Vec<Result<GenerateResponse, Failure>> {
        let never = CancellationToken::new();
        generate_all(&self.client, self.requests.clone(), limits, &never).await
    }

    /// What the mock answers to each, asked one by one.
    async fn expected(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for request in &self.requests {
            let reply = self.client.generate(request).await.expect("the mock answers");
            texts.push(reply.response);
        }
        texts
    }
}

fn prompt(at: usize) -> String {
    format!("Tell me about the number {at}.")
}

/// Which request this is on the wire.
fn is_request(request: &Request, at: usize) -> bool {
    request.json()["prompt"] == prompt(at)
}

fn told(result: &Result<GenerateResponse, Failure>) -> String {
    match result {
        Ok(reply) => format!("the response {:?}", reply.response),
        Err(Failure::Backend(error)) => format!("`Backend`: {error}"),
        Err(Failure::TimedOut) => "`TimedOut`".to_owned(),
        Err(Failure::Cancelled) => "`Cancelled`".to_owned(),
    }
}

#[test]
fn as_many_connections_as_the_limit_are_open_at_once() {
    check_io(|| async {
        let setting = Setting::new(10).await;
        let arrival = setting.mock.gate(At::Arrival);
        arrival.close();
        let _doing = doing("waiting for three of ten requests to be in flight together");
        let limits = at_once(3);
        let script = async {
            for finished in 0..10 {
                arrival.wait_for(3.min(10 - finished)).await;
                assert!(arrival.release(0), "a request is held");
                let _doing = doing(format!("waiting for the request after number {finished}"));
                arrival.until(|counts| counts.finished > finished).await;
            }
        };
        let (results, ()) = join!(setting.handle(&limits), script);
        for (at, result) in results.iter().enumerate() {
            assert!(result.is_ok(), "of request {at}, the result is {}", told(result));
        }
        let most = arrival.max_in_flight();
        assert!(most == 3, "three at once, and {most} were in flight at the server");
    });
}

#[test]
fn replies_in_reverse_come_back_in_order() {
    check_io(|| async {
        let setting = Setting::new(5).await;
        let expected = setting.expected().await;
        let arrival = setting.mock.gate(At::Arrival);
        let before = arrival.counts().finished;
        arrival.close();
        let _doing = doing("waiting for five requests to be in flight together");
        let limits = at_once(5);
        let script = async {
            arrival.wait_for(5).await;
            for (finished, at) in (0..5).rev().enumerate() {
                let held = arrival.held();
                let request = held.iter().find(|request| is_request(request, at));
                let id = request.map(|request| request.id());
                let id = id.unwrap_or_else(|| panic!("request {at} is not in flight"));
                arrival.release_id(id);
                let _doing = doing(format!("waiting for the reply to request {at}"));
                arrival.until(|counts| counts.finished > before + finished).await;
            }
        };
        let (results, ()) = join!(setting.handle(&limits), script);
        for (at, (result, expected)) in results.iter().zip(&expected).enumerate() {
            assert!(
                matches!(result, Ok(reply) if reply.response == *expected),
                "of request {at}, the reply is {expected:?}, and the result is {}",
                told(result)
            );
        }
    });
}

#[test]
fn a_dropped_call_closes_its_connections() {
    check_io(|| async {
        let setting = Setting::new(8).await;
        let arrival = setting.mock.gate(At::Arrival);
        arrival.close();
        let _doing = doing("waiting for three requests to be in flight together");
        let limits = at_once(3);
        select! {
            _ = setting.handle(&limits) => panic!("no reply, and the call has ended"),
            _ = arrival.wait_for(3) => {}
        }
        let _doing = doing("waiting for the connections of a dropped call to close");
        arrival.wait_for_left(3).await;
        let requests = setting.mock.requests().len();
        assert!(requests == 3, "dropped when three requests were sent, and {requests} came");
    });
}

/// A request that is in flight already when it is asked for: so that its time, which begins
/// then, is never up before there is a connection to close.
struct Prepared<'a>(Mutex<Option<Pin<Box<dyn Future<Output = Reply> + Send + 'a>>>>);

type Reply = Result<GenerateResponse, Error>;

impl Generate for Prepared<'_> {
    async fn generate(&self, _: &GenerateRequest) -> Reply {
        let prepared = self.0.lock().expect("nothing panics under it").take();
        prepared.expect("it is asked once").await
    }
}

#[test]
fn a_reply_that_never_comes_is_given_up() {
    check_io(|| async {
        let setting = Setting::new(1).await;
        let gate = Gate::new();
        setting.mock.script([Fault::Hold(gate.clone())]);
        let mut in_flight: Pin<Box<dyn Future<Output = Reply> + Send>> =
            Box::pin(setting.client.generate(&setting.requests[0]));
        select! {
            reply = &mut in_flight => panic!("the mock does not hold: {reply:?}"),
            _ = gate.wait_for(1) => {}
        }
        let backend = Prepared(Mutex::new(Some(in_flight)));
        let limits = Limits { per_request: Duration::from_millis(1), ..at_once(1) };
        let _doing = doing("waiting for a request to be given up that is never answered");
        let never = CancellationToken::new();
        let results = generate_all(&backend, setting.requests.clone(), &limits, &never).await;
        let result = &results[0];
        assert!(
            matches!(result, Err(Failure::TimedOut)),
            "there is no reply, and the result is {}",
            told(result)
        );
        let _doing = doing("waiting for the connection to close of a request that was given up");
        gate.wait_for_left(1).await;
    });
}

#[test]
fn every_failure_of_ollama_touches_one_result() {
    check_io(|| async {
        let cut = |end| Fault::Cut { after: 0, end, then_refuse: false };
        for (fault, what) in [
            (Fails::busy().into(), "503, too many wait"),
            (Fails::new(404, "model 'missing' not found").into(), "404, an unknown model"),
            (Fails::new(500, "option \"temperature\" must be of type float32").into(), "500"),
            (Fails::overflow().into(), "400, the prompt is too long"),
            (Fails::from_a_proxy(429, 60).into(), "429 of a proxy"),
            (Fault::Crash { after: 0 }, "the model's process crashes"),
            (Fault::NoDone { after: 0 }, "the reply ends without `done`"),
            (cut(End::Fin), "the reply is cut"),
            (cut(End::Reset), "the connection is reset inside the reply"),
            (Fault::HangUp(End::Fin), "the connection is closed before the reply"),
            (Fault::HangUp(End::Reset), "the connection is reset before the reply"),
        ] {
            let setting = Setting::new(5).await;
            let fault: Fault = fault;
            setting.mock.script_when(|request| is_request(request, 2), [fault]);
            let _doing = doing(format!("handling five requests, of which one fails: {what}"));
            let results = setting.handle(&at_once(2)).await;
            assert!(results.len() == 5, "five requests, and {} results", results.len());
            for (at, result) in results.iter().enumerate() {
                let right = match at {
                    2 => matches!(result, Err(Failure::Backend(_))),
                    _ => result.is_ok(),
                };
                assert!(
                    right,
                    "request 2 fails ({what}), and the result of request {at} is {}",
                    told(result)
                );
            }
            let requests = setting.mock.requests().len();
            assert!(requests == 5, "five requests ({what}), and {requests} came");
        }
    });
}

#[test]
fn one_client_is_used_for_all() {
    check_io(|| async {
        let setting = Setting::new(40).await;
        let _doing = doing("handling forty requests");
        let results = setting.handle(&at_once(2)).await;
        assert!(results.iter().all(Result::is_ok), "the mock answers all forty requests");
        let requests = setting.mock.requests();
        assert!(requests.len() == 40, "forty requests, and {} came", requests.len());
        let whole = requests.iter().all(|request| request.json()["stream"] == false);
        assert!(whole, "a whole reply is `\"stream\": false`, which a request does not say");
        let connections: BTreeSet<_> =
            requests.iter().map(|request| request.client()).collect();
        assert!(
            connections.len() < requests.len(),
            "each of forty requests has a connection of its own"
        );
    });
}
