//! A fake backend: a check decides when each request gets its reply, and sees what was sent.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use ollama::{Error, GenerateRequest, GenerateResponse};
use real_tokio::sync::Notify;
use real_tokio::time::sleep;

use super::any_backend::{GenerateBoxed, Generating};

/// How the backend replies to a request.
#[derive(Clone, Copy, Debug, Default)]
pub enum Reply {
    /// When [`Backend::respond`] or [`Backend::fail`] is called.
    #[default]
    WhenTold,
    /// With a response, in the first poll.
    AtOnce,
    /// With a response, after this time.
    After(Duration),
    /// With an error, after this time.
    FailsAfter(Duration),
    /// Never: its future wakes itself in every poll.
    WakesItself,
}

/// A backend whose prompts are numbers, which it returns as the responses.
#[derive(Clone, Default)]
pub struct Backend(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    otherwise: Reply,
    exceptions: BTreeMap<usize, Reply>,
    in_turn: VecDeque<Reply>,
    on_sent: Option<Arc<dyn Fn(usize) + Send + Sync>>,
    seen: Seen,
    /// For each request, whether it was told to succeed.
    told: BTreeMap<usize, bool>,
    notify: BTreeMap<usize, Arc<Notify>>,
}

/// What a backend has seen.
#[derive(Clone, Default)]
pub struct Seen {
    /// The requests for which `generate` was called, in the order of the calls.
    pub requests: Vec<GenerateRequest>,
    /// Their numbers.
    pub called: Vec<usize>,
    /// The requests whose future was polled, in this order: only those are really sent.
    pub sent: Vec<usize>,
    /// The requests whose future exists and has not ended.
    pub in_flight: Vec<usize>,
    /// The largest number of requests that were in flight at the same time.
    pub most_in_flight: usize,
}

/// A request in flight. Its future owns it.
struct InFlight {
    number: usize,
    reply: Reply,
    backend: Backend,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.backend.state().seen.in_flight.retain(|number| *number != self.number);
    }
}

impl Backend {
    /// A backend that replies when it is told to.
    pub fn new() -> Self {
        Self::default()
    }

    /// A backend that replies to all requests in the same way.
    pub fn replying(reply: Reply) -> Self {
        let backend = Self::default();
        backend.state().otherwise = reply;
        backend
    }

    /// Replies to the request with this number in another way.
    pub fn except(self, number: usize, reply: Reply) -> Self {
        self.state().exceptions.insert(number, reply);
        self
    }

    /// Replies to the first requests like this, whatever their numbers.
    pub fn in_turn(self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.state().in_turn.extend(replies);
        self
    }

    /// Calls `f` with the number of each request when its future is first polled.
    pub fn on_sent(self, f: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.state().on_sent = Some(Arc::new(f));
        self
    }

    /// What the backend has seen so far: a copy, so that no check panics with the lock held.
    pub fn seen(&self) -> Seen {
        self.state().seen.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code that can panic runs under this lock")
    }

    /// Lets a request succeed, now or as soon as it is sent.
    pub fn respond(&self, number: usize) {
        self.tell(number, true);
    }

    /// Lets a request fail, now or as soon as it is sent.
    pub fn fail(&self, number: usize) {
        self.tell(number, false);
    }

    fn tell(&self, number: usize, success: bool) {
        let mut state = self.state();
        state.told.insert(number, success);
        let notify = state.notify.entry(number).or_default().clone();
        drop(state);
        notify.notify_one();
    }

    fn begin(&self, request: &GenerateRequest) -> InFlight {
        // Prompts that are not numbers are for checks that look at the requests.
        let number = request.prompt.trim().parse().unwrap_or(usize::MAX);
        let mut state = self.state();
        let seen = &mut state.seen;
        seen.requests.push(request.clone());
        seen.called.push(number);
        seen.in_flight.push(number);
        seen.most_in_flight = seen.most_in_flight.max(seen.in_flight.len());
        let planned = state.exceptions.get(&number).copied().unwrap_or(state.otherwise);
        let reply = state.in_turn.pop_front().unwrap_or(planned);
        InFlight { number, reply, backend: self.clone() }
    }

    async fn reply(&self, number: usize, reply: Reply) -> Result<GenerateResponse, Error> {
        let on_sent = {
            let mut state = self.state();
            state.seen.sent.push(number);
            state.on_sent.clone()
        };
        if let Some(on_sent) = on_sent {
            on_sent(number);
        }
        match reply {
            Reply::AtOnce => Ok(response(number)),
            Reply::After(time) => {
                sleep(time).await;
                Ok(response(number))
            }
            Reply::FailsAfter(time) => {
                sleep(time).await;
                Err(failure(number))
            }
            // tokio's `yield_now` wakes the task only after its poll.
            Reply::WakesItself => {
                poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                })
                .await
            }
            Reply::WhenTold => {
                let notify = self.state().notify.entry(number).or_default().clone();
                notify.notified().await;
                match self.state().told[&number] {
                    true => Ok(response(number)),
                    false => Err(failure(number)),
                }
            }
        }
    }
}

impl GenerateBoxed for Backend {
    fn generate_boxed(&self, request: &GenerateRequest) -> Generating<'_> {
        // A request is in flight from the call on, not only from the first poll.
        let in_flight = self.begin(request);
        Box::pin(async move {
            let result = in_flight.backend.reply(in_flight.number, in_flight.reply).await;
            drop(in_flight);
            result
        })
    }
}

/// Requests whose prompts are the numbers from 0.
pub fn requests(count: usize) -> Vec<GenerateRequest> {
    (0..count).map(|number| GenerateRequest::new("llama3.2", number.to_string())).collect()
}

/// The response to the request with this number.
pub fn response(number: usize) -> GenerateResponse {
    GenerateResponse { response: number.to_string(), done: true, ..GenerateResponse::default() }
}

fn failure(number: usize) -> Error {
    Error::Failed { message: number.to_string() }
}
