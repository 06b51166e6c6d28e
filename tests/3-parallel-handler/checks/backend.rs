//! A backend that answers when it is told to, and tells all.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use real_tokio::sync::Notify;
use real_tokio::time::sleep;

/// How it answers a request.
#[derive(Clone, Copy, Debug, Default)]
pub enum Answers {
    /// When [`Backend::answer`] or [`Backend::fail`] says so.
    #[default]
    WhenTold,
    AtOnce,
    After(Duration),
    FailsAfter(Duration),
}

/// Answers prompts that are numbers, with the number.
#[derive(Clone, Default)]
pub struct Backend(Arc<Mutex<Book>>);

#[derive(Default)]
pub struct Book {
    plan: BTreeMap<usize, Answers>,
    turns: VecDeque<Answers>,
    otherwise: Answers,
    /// Those that `generate` was called for, in that order.
    pub sent: Vec<usize>,
    pub requests: Vec<GenerateRequest>,
    /// Those whose future was polled, without which nothing is on the wire.
    pub polled: Vec<usize>,
    /// Those whose future exists and has not ended.
    pub in_flight: Vec<usize>,
    pub most_in_flight: usize,
    told: BTreeMap<usize, bool>,
    gates: BTreeMap<usize, Arc<Notify>>,
    on_poll: Option<Arc<dyn Fn(usize) + Send + Sync>>,
}

/// A request in flight.
struct InFlight {
    number: usize,
    answers: Answers,
    backend: Backend,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.backend.book().in_flight.retain(|number| *number != self.number);
    }
}

impl Backend {
    /// One that answers a request when it is told to.
    pub fn new() -> Self {
        Self::default()
    }

    pub fn that(otherwise: Answers) -> Self {
        let backend = Self::default();
        backend.book().otherwise = otherwise;
        backend
    }

    /// Answers this request in another way.
    pub fn but(self, number: usize, answers: Answers) -> Self {
        self.book().plan.insert(number, answers);
        self
    }

    /// Answers the next requests like this, whichever they are.
    pub fn in_turn(self, turns: impl IntoIterator<Item = Answers>) -> Self {
        self.book().turns.extend(turns);
        self
    }

    /// Calls `f` with a request's number whenever its future is polled.
    pub fn on_poll(self, f: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.book().on_poll = Some(Arc::new(f));
        self
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("nothing panics under it")
    }

    /// Lets a request have its response.
    pub fn answer(&self, number: usize) {
        self.tell(number, true);
    }

    /// Lets a request fail.
    pub fn fail(&self, number: usize) {
        self.tell(number, false);
    }

    fn tell(&self, number: usize, well: bool) {
        let mut book = self.book();
        book.told.insert(number, well);
        let gate = book.gates.entry(number).or_default().clone();
        drop(book);
        gate.notify_one();
    }

    fn begin(&self, request: &GenerateRequest) -> InFlight {
        // An empty prompt is a request, too.
        let number = request.prompt.parse().unwrap_or(usize::MAX);
        let mut book = self.book();
        book.sent.push(number);
        book.requests.push(request.clone());
        book.in_flight.push(number);
        book.most_in_flight = book.most_in_flight.max(book.in_flight.len());
        let planned = book.plan.get(&number).copied().unwrap_or(book.otherwise);
        let answers = book.turns.pop_front().unwrap_or(planned);
        InFlight { number, answers, backend: self.clone() }
    }

    async fn end(&self, number: usize, answers: Answers) -> Result<GenerateResponse, Error> {
        let on_poll = {
            let mut book = self.book();
            book.polled.push(number);
            book.on_poll.clone()
        };
        if let Some(on_poll) = on_poll {
            on_poll(number);
        }
        match answers {
            Answers::AtOnce => Ok(response(number)),
            Answers::After(time) => {
                sleep(time).await;
                Ok(response(number))
            }
            Answers::FailsAfter(time) => {
                sleep(time).await;
                Err(failure(number))
            }
            Answers::WhenTold => {
                let gate = self.book().gates.entry(number).or_default().clone();
                // What was told beforehand is kept.
                gate.notified().await;
                match self.book().told[&number] {
                    true => Ok(response(number)),
                    false => Err(failure(number)),
                }
            }
        }
    }
}

impl Generate for Backend {
    fn generate(
        &self,
        request: &GenerateRequest,
    ) -> impl Future<Output = Result<GenerateResponse, Error>> + Send {
        // It is in flight from the call on, and not only from the first poll.
        let in_flight = self.begin(request);
        async move {
            let result = in_flight.backend.end(in_flight.number, in_flight.answers).await;
            drop(in_flight);
            result
        }
    }
}

/// Requests whose prompts are numbers from 0.
pub fn requests(number: usize) -> Vec<GenerateRequest> {
    (0..number).map(|number| GenerateRequest::new("llama3.2", number.to_string())).collect()
}

pub fn response(number: usize) -> GenerateResponse {
    GenerateResponse { response: number.to_string(), done: true, ..GenerateResponse::default() }
}

/// A failure that can be told from that of another request.
fn failure(number: usize) -> Error {
    Error::Failed { message: number.to_string() }
}
