//! A fake backend: a check decides when each answer gets its parts, and sees what was read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use ollama::{Error, GenerateRequest, GenerateResponse, GenerateStreaming};
use tokio::sync::Notify;

/// A backend whose prompts are numbers.
#[derive(Clone, Default)]
pub struct Backend(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// How many pieces each answer has, if they are all there at once.
    ready: Option<usize>,
    /// Whether no answer begins.
    held: bool,
    /// The requests that fail before their first part.
    refused: BTreeSet<usize>,
    /// The items of each answer that are there, and were not read.
    waiting: BTreeMap<usize, VecDeque<Item>>,
    /// How many pieces of each answer there were.
    pieces: BTreeMap<usize, usize>,
    notify: BTreeMap<usize, Arc<Notify>>,
    seen: Seen,
}

enum Item {
    Piece(String),
    Done,
    Failure,
}

/// What a backend has seen.
#[derive(Clone, Default)]
pub struct Seen {
    /// The requests for which `generate_stream` was called, in the order of the calls.
    pub called: Vec<usize>,
    /// The requests whose answer is awaited or read, and has not ended.
    pub in_flight: Vec<usize>,
    /// The largest number of requests that were in flight at the same time.
    pub most_in_flight: usize,
    /// How many parts were read, of all answers.
    pub read: usize,
}

/// A request in flight. Its future or its stream owns it.
struct InFlight {
    number: usize,
    backend: Backend,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.ends();
    }
}

impl Backend {
    /// A backend that has parts when it is told so.
    pub fn new() -> Self {
        Self::default()
    }

    /// A backend whose answers have this many pieces, all of them there at once.
    pub fn ready(pieces: usize) -> Self {
        let backend = Self::default();
        backend.state().ready = Some(pieces);
        backend
    }

    /// A backend at which no answer begins.
    pub fn held() -> Self {
        let backend = Self::default();
        backend.state().held = true;
        backend
    }

    /// The request with this number fails before the first part of its answer.
    pub fn refusing(self, number: usize) -> Self {
        self.state().refused.insert(number);
        self
    }

    /// What the backend has seen so far: a copy, so that no check panics with the lock held.
    pub fn seen(&self) -> Seen {
        self.state().seen.clone()
    }

    /// One more piece of an answer is there.
    pub fn give(&self, number: usize) {
        let mut state = self.state();
        let pieces = state.pieces.entry(number).or_default();
        let piece = piece(number, *pieces);
        *pieces += 1;
        drop(state);
        self.add(number, Item::Piece(piece));
    }

    /// An answer ends with its last part.
    pub fn finish(&self, number: usize) {
        self.add(number, Item::Done);
    }

    /// An answer fails.
    pub fn fail(&self, number: usize) {
        self.add(number, Item::Failure);
    }

    fn add(&self, number: usize, item: Item) {
        let mut state = self.state();
        state.waiting.entry(number).or_default().push_back(item);
        let notify = state.notify.entry(number).or_default().clone();
        drop(state);
        notify.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code that can panic runs under this lock")
    }

    fn begin(&self, request: &GenerateRequest) -> InFlight {
        let number = request.prompt.trim().parse().expect("the prompts are numbers");
        let mut state = self.state();
        if let Some(pieces) = state.ready {
            let items = (0..pieces).map(|at| Item::Piece(piece(number, at)));
            state.waiting.insert(number, items.chain([Item::Done]).collect());
        }
        let seen = &mut state.seen;
        seen.called.push(number);
        seen.in_flight.push(number);
        seen.most_in_flight = seen.most_in_flight.max(seen.in_flight.len());
        InFlight { number, backend: self.clone() }
    }
}

impl InFlight {
    /// Waits for the head of the reply.
    async fn begins(&self) -> Result<(), Error> {
        let (held, refused) = {
            let state = self.backend.state();
            (state.held, state.refused.contains(&self.number))
        };
        if held {
            std::future::pending::<()>().await;
        }
        if refused { Err(failure()) } else { Ok(()) }
    }

    /// The next part, or `None` after the last.
    async fn next(&self) -> Option<Result<GenerateResponse, Error>> {
        let notify = self.backend.state().notify.entry(self.number).or_default().clone();
        let item = loop {
            {
                let mut state = self.backend.state();
                if !state.seen.in_flight.contains(&self.number) {
                    return None;
                }
                if let Some(item) = state.waiting.entry(self.number).or_default().pop_front() {
                    state.seen.read += 1;
                    break item;
                }
            }
            notify.notified().await;
        };
        let response = |response, done| GenerateResponse { response, done, ..Default::default() };
        match item {
            // A model thinks first: a part may have a thought, and no text of the answer.
            Item::Piece(thinking) if thinking.ends_with(".0") => {
                Some(Ok(GenerateResponse { thinking, ..response(String::new(), false) }))
            }
            Item::Piece(text) => Some(Ok(response(text, false))),
            Item::Done => {
                self.ends();
                Some(Ok(response(String::new(), true)))
            }
            Item::Failure => {
                self.ends();
                Some(Err(failure()))
            }
        }
    }

    fn ends(&self) {
        self.backend.state().seen.in_flight.retain(|number| *number != self.number);
    }
}

impl GenerateStreaming for Backend {
    type Parts = BoxStream<'static, Result<GenerateResponse, Error>>;

    fn generate_stream(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<Self::Parts, Error>> + Send {
        // A request is in flight from the call on, not only from the first poll.
        let in_flight = self.begin(request);
        async move {
            in_flight.begins().await?;
            let parts = stream::unfold(in_flight, |in_flight| async move {
                in_flight.next().await.map(|part| (part, in_flight))
            });
            // A stream of the client that has ended stays so.
            Ok(parts.fuse().boxed())
        }
    }
}

/// Requests whose prompts are the numbers from 0.
pub fn requests(count: usize) -> Vec<GenerateRequest> {
    (0..count).map(|number| GenerateRequest::new("llama3.2", number.to_string())).collect()
}

/// The text of a piece of an answer.
pub fn piece(number: usize, at: usize) -> String {
    format!("{number}.{at}")
}

fn failure() -> Error {
    Error::Failed { message: "the model has crashed".to_owned() }
}
