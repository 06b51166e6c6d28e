//! The handler under many schedules of small models, with a timeline of what they do.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use explorer::seeded::timeline::Lane;
use explorer::seeded::{pause, switch_point};
use harness::{Sample, check_seeded};
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn};
use tokio_util::sync::CancellationToken;

use super::ANSWER;
use super::backend::{requests, response};
use crate::explored::{Failure, Limits, generate_all};

/// As many schedules as find each wrong answer that we know of many times over.
fn sample(text: &'static str) -> Sample {
    Sample { text, schedules: 1_000 }
}

/// A server, with a task for each request that it works on.
#[derive(Clone, Debug, Default)]
struct Server {
    state: Arc<Mutex<State>>,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<usize>,
    /// Which request is in which slot: as many as the limit allows, and more if it is not kept.
    slots: Vec<Option<usize>>,
    /// In which poll of the call the future of a request came to its end.
    ended: BTreeMap<usize, usize>,
    polls: usize,
    tasks: Vec<JoinHandle<()>>,
}

/// A request in flight.
struct InFlight {
    number: usize,
    slot: usize,
    server: Server,
    ended: Cell<bool>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.server.state().slots[self.slot] = None;
        if !self.ended.get() {
            slot(self.slot).note(format!("request {} is dropped", self.number));
        }
    }
}

fn slot(slot: usize) -> Lane {
    Lane::new(format!("in flight {}", slot + 1))
}

impl Server {
    fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under it")
    }

    fn begin(&self, request: &GenerateRequest) -> InFlight {
        let number = request.prompt.parse().expect("the prompts of a model are numbers");
        let mut state = self.state();
        let free = state.slots.iter().position(Option::is_none);
        let at = free.unwrap_or_else(|| {
            state.slots.push(None);
            state.slots.len() - 1
        });
        state.slots[at] = Some(number);
        state.sent.push(number);
        let in_flight = state.slots.iter().flatten().count();
        drop(state);
        slot(at).note(format!("request {number} is sent"));
        assert!(
            in_flight <= self.limit,
            "{in_flight} requests are in flight, and the limit is {}",
            self.limit
        );
        InFlight { number, slot: at, server: self.clone(), ended: Cell::new(false) }
    }

    /// Works on a request in a task of its own, which ends whenever the scheduler likes.
    fn work(&self, number: usize) -> oneshot::Receiver<()> {
        let (done, wait) = oneshot::channel();
        let task = spawn(async move {
            // Some take longer than those after them.
            pause().await;
            Lane::new("server").note(format!("answers request {number}"));
            // The call may have been dropped.
            let _ = done.send(());
        });
        self.state().tasks.push(task);
        wait
    }

    /// Calls the handler, and counts its polls.
    async fn call(&self, number: usize, cancel: &CancellationToken) -> Vec<Outcome> {
        let limits = Limits {
            concurrency: NonZeroUsize::new(self.limit).expect("it is not zero"),
            per_request: Duration::MAX,
        };
        let mut call = pin!(generate_all(self, requests(number), &limits, cancel));
        let counted = poll_fn(|cx| {
            self.state().polls += 1;
            call.as_mut().poll(cx)
        });
        let main = Lane::new("main");
        let what = format!("calls generate_all for {number} requests");
        let results = main.call(what, "`generate_all` never returns", counted).await;
        main.note("generate_all returns");
        let outcome = |result| match result {
            Ok(GenerateResponse { response, .. }) => Outcome::Response(response),
            Err(Failure::Cancelled) => Outcome::Cancelled,
            Err(_) => Outcome::Failure,
        };
        results.into_iter().map(outcome).collect()
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Response(String),
    Cancelled,
    Failure,
}

impl Generate for Server {
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        let in_flight = self.begin(request);
        async move {
            let number = in_flight.number;
            let done = in_flight.server.work(number);
            // Here others may be in the middle of something.
            switch_point();
            done.await.expect("the server answers");
            in_flight.ended.set(true);
            slot(in_flight.slot).note(format!("request {number} has its response"));
            let mut state = in_flight.server.state();
            let poll = state.polls;
            state.ended.insert(number, poll);
            drop(state);
            Ok(response(number))
        }
    }
}

#[track_caller]
fn assert_nothing_in_flight(server: &Server) {
    let in_flight = server.state().slots.iter().flatten().count();
    assert!(in_flight == 0, "it is over, and {in_flight} requests are in flight");
}

#[test]
fn every_response_finds_its_place_under_many_schedules() {
    check_seeded(ANSWER, sample("five requests, two at once"), || async {
        let server = Server::new(2);
        let results = server.call(5, &CancellationToken::new()).await;
        for (number, result) in results.iter().enumerate() {
            let expected = Outcome::Response(number.to_string());
            assert!(*result == expected, "of request {number}, the result is {result:?}");
        }
        let sent = server.state().sent.clone();
        assert!(sent == [0, 1, 2, 3, 4], "requests 0 to 4 are sent as {sent:?}");
        assert_nothing_in_flight(&server);
    });
}

#[test]
fn a_cancel_loses_no_response_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("five requests, two at once, and a cancel at some moment"),
        || async {
            let server = Server::new(2);
            let cancel = CancellationToken::new();
            let canceller = {
                let cancel = cancel.clone();
                let lane = Lane::new("canceller");
                spawn(async move {
                    pause().await;
                    lane.note("cancels the call");
                    cancel.cancel();
                })
            };
            let results = server.call(5, &cancel).await;
            canceller.await.expect("a panic ends the model");
            assert_nothing_in_flight(&server);
            let state = server.state();
            for (number, result) in results.iter().enumerate() {
                match (state.ended.get(&number), result) {
                    // What ends in the poll that sees the cancel may be kept or not.
                    (Some(poll), Outcome::Cancelled) => assert!(
                        *poll == state.polls,
                        "request {number} had its response before the cancel, and it is lost"
                    ),
                    (Some(_), Outcome::Response(text)) => {
                        assert!(
                            *text == number.to_string(),
                            "request {number} has response {text}"
                        );
                    }
                    (None, result) => assert!(
                        *result == Outcome::Cancelled,
                        "request {number} had no response, and its result is {result:?}"
                    ),
                    (Some(_), Outcome::Failure) => {
                        panic!("request {number} is said to have failed")
                    }
                }
            }
            let again = state.sent.iter().enumerate().find(|(at, number)| at != *number);
            assert!(again.is_none(), "requests are sent as {:?}", state.sent);
        },
    );
}

#[test]
fn a_dropped_call_leaves_nothing_in_flight_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("five requests, two at once, and a call that is dropped"),
        || async {
            let server = Server::new(2);
            let cancel = CancellationToken::new();
            let main = Lane::new("main");
            tokio::select! {
                biased;
                _ = server.call(5, &cancel) => {}
                () = pause() => main.note("drops the call"),
            }
            assert_nothing_in_flight(&server);
            let sent = server.state().sent.len();
            let tasks = std::mem::take(&mut server.state().tasks);
            for task in tasks {
                task.await.expect("a panic ends the model");
            }
            let later = server.state().sent.len();
            assert!(later == sent, "the call was dropped, and {} more were sent", later - sent);
        },
    );
}
