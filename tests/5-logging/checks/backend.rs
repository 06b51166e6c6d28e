//! A fake backend: a check decides when each request ends and how, and sees what was sent.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};

use super::recorder::BACKEND;

/// How a request ends.
pub enum End {
    Responds(GenerateResponse),
    Fails(Error),
    /// Panics with this payload.
    Panics(String),
    /// Panics with a literal as payload, as `panic!` without arguments does.
    PanicsWithLiteral(&'static str),
    /// Panics with a payload that is no text.
    PanicsWith(u16),
}

/// A backend whose models are numbers, with or without a tag. It logs an event whenever a request is polled.
#[derive(Clone, Default)]
pub struct Backend(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    requests: Vec<GenerateRequest>,
    in_flight: usize,
    ends: BTreeMap<usize, End>,
    wakers: BTreeMap<usize, Waker>,
}

/// A request in flight. Its future owns it.
struct InFlight(Backend);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}

impl Backend {
    /// A backend whose requests end when they are told to.
    pub fn new() -> Self {
        Self::default()
    }

    /// A backend at which request 0 ends in its first poll.
    pub fn that(end: End) -> Self {
        let backend = Self::default();
        backend.tell(0, end);
        backend
    }

    /// Lets a request end, now or as soon as it is polled.
    pub fn tell(&self, number: usize, end: End) {
        let mut state = self.state();
        state.ends.insert(number, end);
        let waker = state.wakers.remove(&number);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Wakes a request that waits, and lets it wait on.
    pub fn wake_by_ref(&self, number: usize) {
        let waker = self.state().wakers.get(&number).cloned();
        waker.iter().for_each(Waker::wake_by_ref);
    }

    /// The requests for which `generate` was called, in the order of the calls.
    pub fn requests(&self) -> Vec<GenerateRequest> {
        self.state().requests.clone()
    }

    /// How many requests have been sent, and have neither ended nor been dropped.
    pub fn in_flight(&self) -> usize {
        self.state().in_flight
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code that can panic runs under this lock")
    }

    fn poll(&self, number: usize, context: &Context<'_>) -> Poll<Result<GenerateResponse, Error>> {
        tracing::info!(target: BACKEND, number, "a request is polled");
        let mut state = self.state();
        let Some(end) = state.ends.remove(&number) else {
            state.wakers.insert(number, context.waker().clone());
            return Poll::Pending;
        };
        drop(state);
        match end {
            End::Responds(response) => Poll::Ready(Ok(response)),
            End::Fails(error) => Poll::Ready(Err(error)),
            End::Panics(payload) => panic::panic_any(payload),
            End::PanicsWithLiteral(payload) => panic::panic_any(payload),
            End::PanicsWith(payload) => panic::panic_any(payload),
        }
    }
}

impl Generate for Backend {
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        let (name, _tag) = request.model.split_once(':').unwrap_or((&request.model, ""));
        let number = name.parse().expect("the models are numbers");
        self.state().requests.push(request.clone());
        self.state().in_flight += 1;
        let in_flight = InFlight(self.clone());
        async move {
            let result = poll_fn(|context| in_flight.0.poll(number, context)).await;
            drop(in_flight);
            result
        }
    }
}

/// The request with this number.
pub fn request(number: usize) -> GenerateRequest {
    GenerateRequest::new(number.to_string(), "Why is the sky blue?")
}

pub fn response(text: &str) -> GenerateResponse {
    GenerateResponse { response: text.to_owned(), done: true, ..GenerateResponse::default() }
}
