//! What a test holds: a running mock, and its settings.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::runtime::Runtime;

use crate::request::{Log, Request, Served};
use crate::server::{At, Server};
use crate::{Fault, Gate, Waiting};

/// The settings of a mock that has not been started yet.
pub struct Builder {
    address: SocketAddr,
    pub(crate) parallel: usize,
    pub(crate) max_queue: usize,
    pub(crate) warm: bool,
    pub(crate) keep_requests: bool,
    pub(crate) log: Option<Log>,
}

impl Builder {
    /// The address to listen on. By default 127.0.0.1, at a free port.
    pub fn address(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// `OLLAMA_NUM_PARALLEL`: how many requests each model runs at once. By default 1, as with
    /// Ollama; 0 counts as 1.
    pub fn parallel(self, parallel: usize) -> Self {
        Self { parallel: parallel.max(1), ..self }
    }

    /// `OLLAMA_MAX_QUEUE`: how many requests may wait for a model to load. By default 512.
    pub fn max_queue(self, max_queue: usize) -> Self {
        Self { max_queue, ..self }
    }

    /// Starts with all models loaded.
    pub fn warm(self) -> Self {
        Self { warm: true, ..self }
    }

    /// Does not record requests, so that [`Mock::requests`] is always empty and a mock that
    /// runs for days does not use up the memory.
    pub fn without_recording(self) -> Self {
        Self { keep_requests: false, ..self }
    }

    /// Calls `log` whenever a request has ended, on the mock's own thread.
    pub fn log(self, log: impl Fn(&Served) + Send + Sync + 'static) -> Self {
        Self { log: Some(Box::new(log)), ..self }
    }

    /// Starts the mock.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound; the kind is `AddrInUse` if another server listens there.
    pub fn start(self) -> BoxFuture<'static, io::Result<Mock>> {
        Box::pin(async {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime =
                runtime.worker_threads(1).thread_name("ollama-mock").enable_all().build()?;
            let thread = Thread(Some(runtime));
            let server = thread.run(async move { Server::start(self.address, self) }).await?;
            Ok(Mock { server, thread })
        })
    }
}

/// A running mock. When it is dropped, it stops listening and closes all its connections.
pub struct Mock {
    server: Arc<Server>,
    thread: Thread,
}

impl Mock {
    /// Starts a mock at a free port with Ollama's defaults: no model is loaded, and a model
    /// runs one request at a time.
    ///
    /// # Panics
    ///
    /// If no port on 127.0.0.1 can be bound.
    pub fn start() -> BoxFuture<'static, Self> {
        Box::pin(async { Self::builder().start().await.expect("a port on 127.0.0.1 is free") })
    }

    /// Settings for a mock, which begin with the defaults of [`Mock::start`].
    pub fn builder() -> Builder {
        Builder {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            parallel: 1,
            max_queue: 512,
            warm: false,
            keep_requests: true,
            log: None,
        }
    }

    /// The mock's base URL, such as `http://127.0.0.1:12345`.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address of the mock. It stays the same while the mock is [down](Mock::go_down).
    pub fn address(&self) -> SocketAddr {
        self.server.listener.address()
    }

    /// The gate at this point, which every request that runs a model passes. It is open at
    /// first.
    pub fn gate(&self, at: At) -> Gate {
        self.server.gates.at(at).clone()
    }

    /// Adds faults for the next requests that run a model: one for each request, in the order
    /// in which the requests arrive. Faults that were added earlier are used first.
    pub fn script<F: Into<Fault>>(&self, faults: impl IntoIterator<Item = F>) {
        self.script_when(Request::runs_a_model, faults);
    }

    /// Adds faults for the next requests, on any route, for which `matches` returns true.
    ///
    /// `matches` is called under a lock, so it must not call the mock.
    pub fn script_when<F: Into<Fault>>(
        &self,
        matches: impl Fn(&Request) -> bool + Send + Sync + 'static,
        faults: impl IntoIterator<Item = F>,
    ) {
        let faults = &mut faults.into_iter().map(Into::into);
        self.server.script(Box::new(matches), faults);
    }

    /// All requests so far, in the order in which they arrived. A request is in this list
    /// before the mock does anything else with it.
    pub fn requests(&self) -> Vec<Arc<Request>> {
        self.server.requests()
    }

    /// The present state of Ollama's queue.
    pub fn queue(&self) -> Waiting {
        *self.server.queue.waiting().borrow()
    }

    /// Waits until the queue is in a state for which `reached` returns true.
    ///
    /// Cancel-safe. A state that lasts only for a moment may be missed.
    pub fn queue_until<'a>(
        &'a self,
        reached: impl FnMut(&Waiting) -> bool + Send + 'a,
    ) -> BoxFuture<'a, Waiting> {
        let mut waiting = self.server.queue.waiting().subscribe();
        Box::pin(async move { *waiting.wait_for(reached).await.expect("the mock owns the sender") })
    }

    /// Stops the server as a crash would: closes all connections, and refuses new ones from
    /// now on.
    ///
    /// If the future is dropped before it returns, this may or may not have happened.
    pub fn go_down(&self) -> BoxFuture<'_, ()> {
        let server = self.server.clone();
        Box::pin(self.thread.run(async move { server.go_down().await }))
    }

    /// Listens again, at the same port and with the same models loaded.
    ///
    /// # Errors
    ///
    /// If another process has taken the port meanwhile. On Linux that cannot happen.
    pub fn come_up(&self) -> BoxFuture<'_, io::Result<()>> {
        let server = self.server.clone();
        Box::pin(self.thread.run(async move { server.come_up() }))
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mock").field(&self.uri()).finish()
    }
}

/// The thread that runs the mock and owns its sockets.
struct Thread(Option<Runtime>);

impl Thread {
    /// Runs a future on this thread; the caller may await it under another executor.
    async fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        let runtime = self.0.as_ref().expect("only `drop` takes the runtime");
        runtime.spawn(future).await.expect("no future of the mock panics")
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // The usual drop waits, and panics where it is not allowed to: in another runtime.
            runtime.shutdown_background();
        }
    }
}
