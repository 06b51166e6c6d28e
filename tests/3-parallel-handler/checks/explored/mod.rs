//! The handler under many schedules of small models, with a timeline of what happens.

mod several;

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
use ollama::{GenerateRequest, GenerateResponse};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn};
use tokio_util::sync::CancellationToken;

use crate::checks::ANSWER;
use crate::checks::any_backend::{AnyBackend, GenerateBoxed, Generating};
use crate::checks::backend::{requests, response};
use crate::instrumented::{Failure, Limits, generate_all};

/// Every known wrong answer fails many times in this number of schedules.
fn sample(text: &'static str) -> Sample {
    Sample { text, schedules: 1_000 }
}

/// A server that works on each request in a task of its own.
#[derive(Clone, Debug, Default)]
struct Server {
    state: Arc<Mutex<State>>,
    concurrency: usize,
    /// Whether it fails the check at once if there are more requests in flight.
    enforces_limit: bool,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<usize>,
    /// The requests in flight, each in a slot. There are more slots than the limit if it is exceeded.
    slots: Vec<Option<usize>>,
    /// For each request that ended, the poll of the call in which it did.
    ended: BTreeMap<usize, usize>,
    polls: usize,
    polling: bool,
    /// The requests that had ended when the call was cancelled.
    ended_before_cancel: Vec<usize>,
    tasks: Vec<JoinHandle<()>>,
}

/// A request in flight. Its future owns it.
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
    fn new(concurrency: usize) -> Self {
        Self { concurrency, ..Self::default() }
    }

    fn enforcing_limit(self) -> Self {
        Self { enforces_limit: true, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code that can panic runs under this lock")
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
            !self.enforces_limit || in_flight <= self.concurrency,
            "with concurrency {} there were {in_flight} requests in flight",
            self.concurrency
        );
        InFlight { number, slot: at, server: self.clone(), ended: Cell::new(false) }
    }

    /// Works on a request in a task of its own, which ends whenever the scheduler lets it.
    fn work(&self, number: usize) -> oneshot::Receiver<()> {
        let (done, wait) = oneshot::channel();
        let task = spawn(async move {
            // So that some take longer than those after them.
            pause().await;
            Lane::new("server").note(format!("replies to request {number}"));
            // The receiver is gone if the call was dropped.
            let _ = done.send(());
        });
        self.state().tasks.push(task);
        wait
    }

    /// Calls the handler with this many requests, and counts its polls.
    async fn call(&self, count: usize, cancel: &CancellationToken) -> Vec<Outcome> {
        let limits = Limits {
            concurrency: NonZeroUsize::new(self.concurrency)
                .expect("the models use limits above zero"),
            // In a model a timer of less than a year ends at once.
            per_request: Duration::from_secs(2 * 365 * 24 * 60 * 60),
        };
        let backend = AnyBackend(self);
        let mut call = pin!(generate_all(&backend, requests(count), &limits, cancel));
        let counted = poll_fn(|cx| {
            let mut state = self.state();
            state.polls += 1;
            state.polling = true;
            drop(state);
            let poll = call.as_mut().poll(cx);
            self.state().polling = false;
            poll
        });
        let main = Lane::new("main");
        let what = format!("calls generate_all with {count} requests");
        let results = main.call(what, "`generate_all` never returns", counted).await;
        main.note("generate_all returns");
        let outcome = |result| match result {
            Ok(GenerateResponse { response, .. }) => Outcome::Response(response),
            Err(Failure::Cancelled) => Outcome::Cancelled,
            Err(_) => Outcome::Failure,
        };
        results.into_iter().map(outcome).collect()
    }

    /// Notes which results a cancel has to keep now. Those of a poll that is still going on may be
    /// kept or not.
    fn note_cancel(&self) {
        let mut state = self.state();
        let ended = state.ended.iter().filter(|(_, poll)| !state.polling || **poll < state.polls);
        state.ended_before_cancel = ended.map(|(number, _)| *number).collect();
    }

    /// Fails if a request was sent twice or not at all. In which order they are sent is left to
    /// the checks of behaviour: here `Notify` wakes its waiters in any order.
    #[track_caller]
    fn assert_each_sent_once(&self, count: usize) {
        let mut sent = self.state().sent.clone();
        sent.sort_unstable();
        assert!(sent.iter().copied().eq(0..count), "the requests that were sent are {sent:?}");
    }

    #[track_caller]
    fn assert_nothing_in_flight(&self, when: &str) {
        let in_flight: Vec<_> = self.state().slots.iter().flatten().copied().collect();
        assert!(in_flight.is_empty(), "{when}, and requests {in_flight:?} are still in flight");
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Response(String),
    Cancelled,
    Failure,
}

impl GenerateBoxed for Server {
    fn generate_boxed(&self, request: &GenerateRequest) -> Generating<'_> {
        let in_flight = self.begin(request);
        Box::pin(async move {
            let number = in_flight.number;
            let done = in_flight.server.work(number);
            // The reply may come in the middle of this poll.
            switch_point();
            done.await.expect("the server replies to every request");
            in_flight.ended.set(true);
            slot(in_flight.slot).note(format!("request {number} has its response"));
            let mut state = in_flight.server.state();
            let poll = state.polls;
            state.ended.insert(number, poll);
            drop(state);
            Ok(response(number))
        })
    }
}

#[test]
fn results_are_in_order_under_many_schedules() {
    // Some mistakes show only if a store arrives late between two particular steps.
    let sample = Sample { schedules: 4_000, ..sample("five requests with concurrency 2") };
    check_seeded(ANSWER, sample, || async {
        let server = Server::new(2);
        let results = server.call(5, &CancellationToken::new()).await;
        for (number, result) in results.iter().enumerate() {
            let expected = Outcome::Response(number.to_string());
            assert!(*result == expected, "the result of request {number} is {result:?}");
        }
        server.assert_each_sent_once(5);
        server.assert_nothing_in_flight("the call returned");
    });
}

#[test]
fn the_limit_holds_under_many_schedules() {
    check_seeded(ANSWER, sample("five requests with concurrency 2"), || async {
        let server = Server::new(2).enforcing_limit();
        server.call(5, &CancellationToken::new()).await;
    });
}

#[test]
fn a_cancel_keeps_finished_results_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("five requests with concurrency 2, and a cancel at any moment"),
        || async {
            let server = Server::new(2);
            let cancel = CancellationToken::new();
            let canceller = {
                let (server, cancel) = (server.clone(), cancel.clone());
                let lane = Lane::new("canceller");
                spawn(async move {
                    pause().await;
                    lane.note("cancels the call");
                    server.note_cancel();
                    cancel.cancel();
                })
            };
            let results = server.call(5, &cancel).await;
            canceller.await.expect("a panic ends the model");
            server.assert_nothing_in_flight("the cancelled call returned");
            let state = server.state();
            for (number, result) in results.iter().enumerate() {
                match result {
                    Outcome::Response(text) => assert!(
                        *text == number.to_string(),
                        "request {number} has the response to request {text}"
                    ),
                    Outcome::Cancelled => assert!(
                        !state.ended_before_cancel.contains(&number),
                        "request {number} had its response before the cancel, and its result is \
                         `Cancelled`"
                    ),
                    Outcome::Failure => panic!("the result of request {number} is a failure"),
                }
            }
        },
    );
}

#[test]
fn a_dropped_call_leaves_nothing_in_flight_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("five requests with concurrency 2, and a call that is dropped"),
        || async {
            let server = Server::new(2);
            let cancel = CancellationToken::new();
            let main = Lane::new("main");
            tokio::select! {
                biased;
                _ = server.call(5, &cancel) => {}
                () = pause() => main.note("drops the call"),
            }
            server.assert_nothing_in_flight("the call ended or was dropped");
            // The server's tasks end before the model does.
            let tasks = std::mem::take(&mut server.state().tasks);
            for task in tasks {
                task.await.expect("a panic ends the model");
            }
        },
    );
}
