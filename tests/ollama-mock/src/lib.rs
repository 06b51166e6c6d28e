//! An Ollama server for tests, and for playing with by hand.
//!
//! It answers as a local Ollama does, to the letter, on every route that a client of a
//! model needs; it has the models `llama3.2` and `all-minilm`, and says the same to the
//! same prompt. [wiremock](MockServer) decides *what* is answered, and a front of its
//! own *when* and *how*. So a test can
//!
//! - hold requests at [gates](Gate), see how many are in flight, let them on in any
//!   order, and see a client leave: [`Mock::gate`];
//! - have them [fail](Fault) in every way that Ollama fails: [`Mock::script`];
//! - see [what came](Mock::requests), and how Ollama's [queue](Mock::queue) stands;
//! - mount answers of its own: [`Mock::answers`].
//!
//! Nothing here looks at a clock to decide anything, or sleeps. The mock runs on a thread
//! of its own, so that neither a test that blocks its thread nor a paused clock stops it,
//! and its futures can be awaited under any executor.
//!
//! ```no_run
//! # async fn test(client: impl Fn(String)) {
//! use ollama_mock::{At, Failure, Mock};
//!
//! let mock = Mock::start().await;
//! mock.script([Failure::busy()]);
//! let gate = mock.gate(At::Arrival);
//! gate.close();
//! client(mock.uri());
//! gate.wait_for(2).await;
//! assert_eq!(gate.max_in_flight(), 2);
//! gate.release(1);
//! gate.open();
//! # }
//! ```

mod answers;
mod asked;
mod fault;
mod front;
mod gate;
mod go;
mod models;
mod queue;
mod request;
mod wire;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Runtime;
use wiremock::MockServer;

pub use fault::{End, Failure, Fault};
pub use gate::{Counts, Gate};
pub use queue::Waiting;
pub use request::Request;

use front::{Answers, Book, Door, Front, Gates, Log, Script};
use queue::Queue;

/// Ollama's port.
pub const PORT: u16 = 11434;

/// Where a request passes a gate. Only those that [run a
/// model](Request::runs_a_model) do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// As soon as it has come, before anything else: what is in flight here is what a
    /// client has in flight.
    Arrival,
    /// While its model is loaded. The request that loads it is here, and nobody else.
    Load,
    /// With a slot, before the first byte of the reply.
    Slot,
    /// Before each object of a stream. A request that has been let on comes again for the
    /// next one, and counts once.
    Object,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a reply, of whatever status.
    Answered,
    /// In the middle of a reply, by [`Fault::Cut`].
    Cut,
    /// Without a reply, by [`Fault::HangUp`].
    HungUp,
    /// By its client, who left.
    Left,
}

/// A request that has ended: a line of the log.
#[derive(Clone, Debug)]
pub struct Served {
    /// What was asked.
    pub request: Arc<Request>,
    /// None if it came to no reply.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self.request.model().unwrap_or_else(|| "-".into());
        let model = model.escape_debug();
        write!(f, "{} {} {model}", self.request.method(), self.request.path())?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        match self.outcome {
            Outcome::Answered => Ok(()),
            Outcome::Cut => write!(f, " cut"),
            Outcome::HungUp => write!(f, " hung up"),
            Outcome::Left => write!(f, " client left"),
        }
    }
}

/// A mock that is yet to be started.
pub struct Builder {
    address: SocketAddr,
    parallel: usize,
    max_queue: usize,
    warm: bool,
    keeps_requests: bool,
    log: Option<Log>,
}

impl Builder {
    /// Where it listens: 127.0.0.1, at a free port, if nothing is said.
    pub fn address(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// `OLLAMA_NUM_PARALLEL`: how many requests a model runs at once. As with Ollama, 1
    /// if nothing is said; 0 counts as 1.
    pub fn parallel(self, parallel: usize) -> Self {
        Self { parallel: parallel.max(1), ..self }
    }

    /// `OLLAMA_MAX_QUEUE`: how many may wait for a model to load; 512 if nothing is said.
    pub fn max_queue(self, max_queue: usize) -> Self {
        Self { max_queue, ..self }
    }

    /// Starts with all models loaded.
    pub fn warm(self) -> Self {
        Self { warm: true, ..self }
    }

    /// Keeps no requests for [`Mock::requests`]: for a mock that runs for long.
    pub fn forgetful(self) -> Self {
        Self { keeps_requests: false, ..self }
    }

    /// Calls this when a request has ended, on the mock's own thread.
    pub fn log(self, log: impl Fn(&Served) + Send + Sync + 'static) -> Self {
        Self { log: Some(Box::new(log)), ..self }
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// If the address cannot be had, of kind `AddrInUse` if another listens there.
    pub async fn start(self) -> io::Result<Mock> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).thread_name("ollama-mock").enable_all().build()?;
        let thread = Thread(Some(runtime));
        let (front, answers) = thread.run(self.set_up()).await?;
        Ok(Mock { front, answers, thread })
    }

    async fn set_up(self) -> io::Result<(Arc<Front>, MockServer)> {
        let (door, listener) = Door::bind(self.address)?;
        let gates = Gates::new();
        let warm: &[&str] = &models::MODELS.map(|model| model.name);
        let warm = if self.warm { warm } else { &[] };
        let queue = Queue::new(self.parallel, self.max_queue, warm, gates.load.clone());
        let queue = Arc::new(queue);
        let server = MockServer::builder().disable_request_recording().start().await;
        answers::mount(&server, &queue).await;
        let front = Arc::new(Front {
            gates,
            queue,
            book: Mutex::new(Book::default()),
            keeps_requests: self.keeps_requests,
            log: self.log,
            door,
            answers: Answers::at(*server.address()),
        });
        front::open(&front, Some(listener))?;
        Ok((front, server))
    }
}

/// A running mock. Dropped, it closes all its connections.
pub struct Mock {
    front: Arc<Front>,
    answers: MockServer,
    thread: Thread,
}

impl Mock {
    /// Starts one at a free port, as Ollama is if nothing is set: cold, and one request
    /// at a time.
    ///
    /// # Panics
    ///
    /// If this machine gives no port on 127.0.0.1.
    pub async fn start() -> Self {
        Self::builder().start().await.expect("a free port on 127.0.0.1")
    }

    /// One that is yet to be set up, and started: see [`Builder`].
    pub fn builder() -> Builder {
        Builder {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            parallel: 1,
            max_queue: 512,
            warm: false,
            keeps_requests: true,
            log: None,
        }
    }

    /// `http://127.0.0.1:12345`.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it listens; while it is [down](Mock::go_down) too.
    pub fn address(&self) -> SocketAddr {
        self.front.door.address()
    }

    /// A gate that all requests pass that run a model. It is open at first.
    pub fn gate(&self, at: At) -> Gate {
        self.front.gates.at(at).clone()
    }

    /// These happen to the next requests that run a model, one each, in the order in which
    /// they reach the mock. What was scripted before comes first.
    pub fn script<F: Into<Fault>>(&self, faults: impl IntoIterator<Item = F>) {
        self.script_when(Request::runs_a_model, faults);
    }

    /// These happen to the next requests of which `matches` says so, on whatever route.
    /// It is called with a lock held, so it must not call the mock.
    pub fn script_when<F: Into<Fault>>(
        &self,
        matches: impl Fn(&Request) -> bool + Send + Sync + 'static,
        faults: impl IntoIterator<Item = F>,
    ) {
        let faults = faults.into_iter().map(Into::into).collect();
        locked(&self.front.book).scripts.push(Script { matches: Box::new(matches), faults });
    }

    /// All that has come, in the order in which it came. A request is here before anything
    /// is done about it.
    pub fn requests(&self) -> Vec<Arc<Request>> {
        locked(&self.front.book).requests.clone()
    }

    /// How Ollama's queue stands.
    pub fn queue(&self) -> Waiting {
        *self.front.queue.waiting().borrow()
    }

    /// Waits until the queue stands as asked for. Cancel-safe; a state that passes while
    /// nobody looks may be missed.
    pub async fn queue_until(&self, reached: impl FnMut(&Waiting) -> bool) -> Waiting {
        let mut waiting = self.front.queue.waiting().subscribe();
        *waiting.wait_for(reached).await.expect("the queue itself keeps the other end")
    }

    /// The server is gone: connections are refused, and those that exist are closed. When
    /// this returns, it is so. Cancelled, it may have happened or not.
    pub async fn go_down(&self) {
        let front = self.front.clone();
        let down = async move {
            front.door.close().await;
            front.door.hang_up();
        };
        self.thread.run(down).await;
    }

    /// The server is there again, at the same port. It has kept its models.
    ///
    /// # Errors
    ///
    /// If the port has been taken meanwhile, which Linux prevents.
    pub async fn come_up(&self) -> io::Result<()> {
        let front = self.front.clone();
        self.thread.run(async move { front::open(&front, None) }).await
    }

    /// Where the answers come from. A test may mount its own: with wiremock's usual
    /// priority they come before Ollama's. Who waits for them gets them framed by their
    /// type: `application/x-ndjson` is streamed line by line.
    pub fn answers(&self) -> &MockServer {
        &self.answers
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mock").field(&self.uri()).finish()
    }
}

/// The thread on which the mock and its sockets live.
struct Thread(Option<Runtime>);

impl Thread {
    /// Runs this there: whoever waits for it may be under another executor.
    async fn run<T: Send + 'static>(&self, what: impl Future<Output = T> + Send + 'static) -> T {
        let runtime = self.0.as_ref().expect("it is taken only by the drop");
        runtime.spawn(what).await.expect("nothing that the mock does there panics")
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Without waiting for it, which is not allowed inside another runtime.
            runtime.shutdown_background();
        }
    }
}

/// A lock whatever happened to its last holder: no state here is ever left half changed,
/// and a test's closure that panics must not take the mock with it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
