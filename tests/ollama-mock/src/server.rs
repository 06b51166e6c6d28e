//! What all connections of a mock share.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper::body::Bytes;
use hyper::http::request::Parts;

use crate::gate::Gate;
use crate::listener::{self, Listener};
use crate::mock::Builder;
use crate::models::MODELS;
use crate::queue::Queue;
use crate::request::{Log, Request};
use crate::{Fault, locked};

/// A point that requests pass, where a [gate](Gate) can hold them. Only requests that [run a
/// model](Request::runs_a_model) pass gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// When the request has arrived, before anything else: what is in flight at this gate is
    /// what the client has in flight.
    Arrival,
    /// While the model is loaded. Only the request that loads it passes this gate.
    Load,
    /// When the request has a slot, before the first byte of the reply.
    Slot,
    /// Before each object of a stream. A request that is released is held again before the
    /// next object; it counts as one request.
    Object,
}

pub(crate) struct Gates {
    pub(crate) arrival: Gate,
    pub(crate) load: Gate,
    pub(crate) slot: Gate,
    pub(crate) object: Gate,
}

impl Gates {
    pub(crate) fn at(&self, at: At) -> &Gate {
        match at {
            At::Arrival => &self.arrival,
            At::Load => &self.load,
            At::Slot => &self.slot,
            At::Object => &self.object,
        }
    }
}

pub(crate) type Matches = Box<dyn Fn(&Request) -> bool + Send + Sync>;

struct Script {
    matches: Matches,
    faults: VecDeque<Fault>,
}

/// The requests that have come, and the faults for those to come. One lock guards both, so that
/// faults are used in the order of the requests' numbers.
#[derive(Default)]
struct Recorder {
    next_id: u64,
    requests: Vec<Arc<Request>>,
    scripts: Vec<Script>,
}

pub(crate) struct Server {
    pub(crate) gates: Gates,
    pub(crate) queue: Arc<Queue>,
    pub(crate) listener: Listener,
    pub(crate) log: Option<Log>,
    recorder: Mutex<Recorder>,
    keep_requests: bool,
}

impl Server {
    /// Starts to listen. To be called on the runtime that is to serve the connections.
    pub(crate) fn start(address: SocketAddr, settings: Builder) -> io::Result<Arc<Self>> {
        let (listener, socket) = Listener::bind(address)?;
        let [arrival, load, slot, object] = [(); 4].map(|()| Gate::opened());
        let warm = MODELS.iter().map(|model| model.name).filter(|_| settings.warm);
        let queue = Queue::new(settings.parallel, settings.max_queue, warm, load.clone());
        let server = Arc::new(Self {
            gates: Gates { arrival, load, slot, object },
            queue: Arc::new(queue),
            listener,
            log: settings.log,
            recorder: Mutex::default(),
            keep_requests: settings.keep_requests,
        });
        listener::open(&server, Some(socket))?;
        Ok(server)
    }

    pub(crate) async fn go_down(&self) {
        self.listener.close().await;
        self.listener.close_connections();
    }

    pub(crate) fn come_up(self: &Arc<Self>) -> io::Result<()> {
        listener::open(self, None)
    }

    pub(crate) fn script(&self, matches: Matches, faults: &mut dyn Iterator<Item = Fault>) {
        let faults = faults.collect();
        locked(&self.recorder).scripts.push(Script { matches, faults });
    }

    pub(crate) fn requests(&self) -> Vec<Arc<Request>> {
        locked(&self.recorder).requests.clone()
    }

    /// Numbers and records a request, and finds the fault that is scripted for it.
    pub(crate) fn record(&self, parts: Parts, body: Bytes) -> (Arc<Request>, Fault) {
        let mut recorder = locked(&self.recorder);
        let request = Arc::new(Request {
            id: recorder.next_id,
            method: parts.method,
            path: parts.uri.path().into(),
            headers: parts.headers,
            body,
        });
        recorder.next_id += 1;
        if self.keep_requests {
            recorder.requests.push(request.clone());
        }
        let mut scripts = recorder.scripts.iter_mut();
        let fault = scripts
            .find(|script| !script.faults.is_empty() && (script.matches)(&request))
            .and_then(|script| script.faults.pop_front())
            .unwrap_or(Fault::None);
        recorder.scripts.retain(|script| !script.faults.is_empty());
        (request, fault)
    }
}
