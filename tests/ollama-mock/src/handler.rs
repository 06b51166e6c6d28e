//! The way of one request through the mock: gates, faults, the queue, and the reply.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{self, Bytes, Frame, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::{Response, StatusCode};

use crate::connection::{Closed, Connection};
use crate::gate::{Gate, Ticket};
use crate::origin;
use crate::queue::{Busy, Slot};
use crate::reply::{Body, Reply};
use crate::request::{Outcome, Request, Served};
use crate::routes::{self, Answer};
use crate::run;
use crate::server::Server;
use crate::steps::Step;
use crate::{Failure, Fault};

pub(crate) async fn handle(
    server: Arc<Server>,
    connection: Arc<Connection>,
    request: hyper::Request<Incoming>,
) -> Result<Response<impl body::Body<Data = Bytes, Error = Closed>>, Closed> {
    let (parts, body) = request.into_parts();
    // A client that does not send the whole body has disconnected.
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let (request, mut fault) = server.record(parts, body);
    let mut active = Active::new(server.clone(), request.clone());
    if origin::is_foreign(&request.headers, server.listener.address()) {
        return Ok(active.send(Reply::forbidden(), &Fault::None, connection));
    }
    match request.header("mock-fault").map(str::parse) {
        Some(Ok(wanted)) => fault = wanted,
        Some(Err(error)) => fault = Failure::new(400, format!("mock-fault: {error}")).into(),
        None => {}
    }
    if request.runs_a_model() {
        active.pass(&server.gates.arrival).await;
    }
    if let Fault::HangUp(end) = fault {
        active.finish(Outcome::HungUp);
        return Err(connection.close(end));
    }
    let reply = match &fault {
        Fault::Error(failure) => Err(failure.clone()),
        _ => active.answer().await,
    };
    if let Fault::Hold(gate) = &fault {
        active.pass(gate).await;
    }
    let reply = reply.and_then(|reply| fault.replace(reply, &request));
    let reply = reply.unwrap_or_else(|failure| {
        let stream = request.path != "/api/embed" && run::wants_stream(&request);
        Reply::failure(&failure, stream)
    });
    Ok(active.send(reply, &fault, connection))
}

/// A request that has not ended. If it is dropped, its client has disconnected.
struct Active {
    server: Arc<Server>,
    request: Arc<Request>,
    status: Option<StatusCode>,
    tickets: Vec<Ticket>,
    slot: Option<Slot>,
    finished: bool,
}

impl Active {
    fn new(server: Arc<Server>, request: Arc<Request>) -> Self {
        Self { server, request, status: None, tickets: Vec::new(), slot: None, finished: false }
    }

    /// Waits at a gate while it is closed. The gate counts this request, once, until it ends.
    async fn pass(&mut self, gate: &Gate) {
        let known = self.tickets.iter().position(|ticket| ticket.is_for(gate));
        let index = known.unwrap_or(self.tickets.len());
        if known.is_none() {
            self.tickets.push(gate.enter(&self.request));
        }
        self.tickets[index].pass().await;
    }

    /// What Ollama answers, once the model is loaded and has a slot for this request.
    async fn answer(&mut self) -> Result<Reply, Failure> {
        let server = self.server.clone();
        let run = match routes::answer(&self.request, &server.queue)? {
            Answer::Reply(reply) => return Ok(reply),
            Answer::Run(run) => run,
        };
        let arrived = Instant::now();
        let admitted = server.queue.admit(run.model, run.keep_alive, &self.request).await;
        let (slot, load) = admitted.map_err(|Busy| Failure::busy())?;
        self.slot = Some(slot);
        self.pass(&server.gates.slot).await;
        Ok(run.reply(arrived.elapsed(), load))
    }

    /// Ends the request; to be called before the last bytes are sent, so that a client that has
    /// received all of them is no longer counted as in flight.
    fn finish(&mut self, outcome: Outcome) {
        if self.finished {
            return;
        }
        self.finished = true;
        self.slot = None;
        self.tickets.drain(..).for_each(Ticket::finish);
        self.log(outcome);
    }

    fn log(&self, outcome: Outcome) {
        if let Some(log) = &self.server.log {
            let status = self.status.map(|status| status.as_u16());
            log(&Served { request: self.request.clone(), status, outcome });
        }
    }

    fn send(
        mut self,
        reply: Reply,
        fault: &Fault,
        connection: Arc<Connection>,
    ) -> Response<impl body::Body<Data = Bytes, Error = Closed> + use<>> {
        self.status = Some(reply.status);
        let length = match &reply.body {
            Body::Whole(body) => Some(body.len()),
            Body::Chunk(_) | Body::Stream(_) => None,
        };
        let mut steps = fault.steps(reply.body, &self.server.gates.object);
        if let [Step::Send(_)] = steps.make_contiguous() {
            // The body of a reply to HEAD is never polled.
            self.finish(Outcome::Answered);
        }
        let frames = stream::unfold(Sending { steps, active: self, connection }, Sending::next);
        let mut response = Response::new(StreamBody::new(frames));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        if let Some(length) = length {
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        response
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if !self.finished {
            self.log(Outcome::Left);
        }
    }
}

/// The body of a reply while it is being sent.
struct Sending {
    steps: VecDeque<Step>,
    active: Active,
    connection: Arc<Connection>,
}

impl Sending {
    /// Takes all steps up to the next bytes to send, and returns those.
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Closed>, Self)> {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Send(bytes) => {
                    if self.steps.is_empty() {
                        self.active.finish(Outcome::Answered);
                    }
                    return Some((Ok(Frame::data(bytes)), self));
                }
                Step::Flush => self.connection.flush().await,
                Step::Withhold(bytes) => self.connection.withhold(bytes),
                Step::Pass(gate) => self.active.pass(&gate).await,
                Step::Refuse => self.active.server.listener.close().await,
                Step::Close(end) => {
                    self.active.finish(Outcome::Cut);
                    let closed = self.connection.close(end);
                    if !self.active.server.listener.is_open() {
                        self.active.server.listener.close_connections();
                    }
                    return Some((Err(closed), self));
                }
            }
        }
        self.active.finish(Outcome::Answered);
        None
    }
}
