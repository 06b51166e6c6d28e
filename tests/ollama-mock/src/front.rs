//! When and how an answer is sent: gates, the queue, framing, and all that breaks it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::{Extension, extract};
use futures_util::stream;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::answers::{NDJSON, STREAMED_ERROR, note};
use crate::fault::CRASH;
use crate::gate::{Gate, Ticket};
use crate::models::Part;
use crate::queue::{Busy, DEFAULT_KEEP_ALIVE, Queue, Slot};
use crate::request::Request;
use crate::wire::{Line, Socket};
use crate::{At, End, Failure, Fault, Outcome, Served, locked};

/// What a fault is scripted for.
type Matches = Box<dyn Fn(&Request) -> bool + Send + Sync>;

pub(crate) struct Script {
    pub(crate) matches: Matches,
    pub(crate) faults: VecDeque<Fault>,
}

/// What has come, and what is to happen to what comes.
#[derive(Default)]
pub(crate) struct Book {
    next: u64,
    pub(crate) requests: Vec<Arc<Request>>,
    pub(crate) scripts: Vec<Script>,
}

pub(crate) struct Gates {
    pub(crate) arrival: Gate,
    pub(crate) load: Gate,
    pub(crate) slot: Gate,
    pub(crate) object: Gate,
}

impl Gates {
    pub(crate) fn new() -> Self {
        let [arrival, load, slot, object] = [(); 4].map(|()| Gate::opened());
        Self { arrival, load, slot, object }
    }

    pub(crate) fn at(&self, at: At) -> &Gate {
        match at {
            At::Arrival => &self.arrival,
            At::Load => &self.load,
            At::Slot => &self.slot,
            At::Object => &self.object,
        }
    }
}

pub(crate) type Log = Box<dyn Fn(&Served) + Send + Sync>;

pub(crate) struct Front {
    pub(crate) gates: Gates,
    pub(crate) queue: Arc<Queue>,
    pub(crate) book: Mutex<Book>,
    pub(crate) keeps_requests: bool,
    pub(crate) log: Option<Log>,
    pub(crate) door: Door,
    pub(crate) answers: Answers,
}

/// The way to wiremock.
pub(crate) struct Answers {
    address: SocketAddr,
    client: Client<HttpConnector, Body>,
    /// wiremock answers one at a time: more connections than a few would only wait, and
    /// use up the process's files where a thousand requests are let on at once.
    turns: Semaphore,
}

impl Answers {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, client, turns: Semaphore::new(4) }
    }

    /// What wiremock answers; or, if asked for, this failure.
    async fn ask(&self, request: &Request, failure: Option<&Failure>) -> Answer {
        let answer = self.try_ask(request, failure).await;
        answer.unwrap_or_else(|error| Answer {
            status: StatusCode::BAD_GATEWAY,
            headers: HeaderMap::new(),
            body: format!("the mock has no answer: {error}").into(),
        })
    }

    async fn try_ask(
        &self,
        request: &Request,
        failure: Option<&Failure>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let _turn = self.turns.acquire().await?;
        // Where Ollama takes HEAD, it is a GET without the body.
        let headed = ["/", "/api/version", "/api/tags"].contains(&request.path.as_str());
        let method = match &request.method {
            &Method::HEAD if headed => Method::GET,
            method => method.clone(),
        };
        let uri = format!("http://{}{}", self.address, request.path);
        let mut asked = extract::Request::builder().method(method).uri(uri);
        if let Some(failure) = failure {
            // DEL is the one character that JSON has bare and a header cannot.
            let json = serde_json::to_string(failure)?.replace('\u{7f}', "\\u007f");
            asked = asked.header(note::FAILURE, HeaderValue::from_bytes(json.as_bytes())?);
        }
        if let Some(headers) = asked.headers_mut() {
            let ours =
                |name: &HeaderName| name.as_str().starts_with("mock-") || CONNECTION.contains(name);
            let theirs = request.headers.iter().filter(|(name, _)| !ours(name));
            headers.extend(theirs.map(|(name, value)| (name.clone(), value.clone())));
        }
        let asked = asked.body(Body::from(request.body.clone()))?;
        let (parts, body) = self.client.request(asked).await?.into_parts();
        let body = to_bytes(Body::new(body), usize::MAX).await?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

/// Headers that belong to a connection or to a body's framing, and so are made anew.
const CONNECTION: [HeaderName; 7] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::EXPECT,
    header::UPGRADE,
    header::DATE,
];

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn is(&self, mime: &str) -> bool {
        self.headers.get(header::CONTENT_TYPE).is_some_and(|value| value == mime)
    }

    fn note(&mut self, name: &str) -> Option<String> {
        let value = self.headers.remove(name)?;
        value.to_str().ok().map(str::to_owned)
    }

    /// The lines of a stream, each with its end; else the whole body.
    fn objects(&self) -> Vec<Bytes> {
        if !self.is(NDJSON) {
            return vec![self.body.clone()];
        }
        let lines = self.body.split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| self.body.slice_ref(line)).collect()
    }

    /// Adds the time that was spent before the answer to its statistics.
    fn add_times(&mut self, waited: Duration, load: Duration) {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let end = self.body.len() - usize::from(self.body.ends_with(b"\n"));
        let start = self.body[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let Ok(mut last) = serde_json::from_slice::<Part>(&self.body[start..end]) else { return };
        if last.statistics.total_duration == 0 {
            return;
        }
        // Ollama measures something even where there is nothing to load.
        last.statistics.load_duration = nanoseconds(load).max(1);
        last.statistics.total_duration += nanoseconds(waited);
        let Ok(last) = serde_json::to_vec(&last) else { return };
        self.body = [&self.body[..start], &last, &self.body[end..]].concat().into();
    }
}

/// A request on its way through the mock. Dropped before it has ended, its client left.
struct Visit {
    front: Arc<Front>,
    request: Arc<Request>,
    status: Option<StatusCode>,
    tickets: Vec<Ticket>,
    slot: Option<Slot>,
    ended: bool,
}

impl Visit {
    /// Waits at a gate while it is closed. It counts this request until that has ended, and
    /// once, however often it comes.
    async fn stop(&mut self, gate: &Gate) {
        let known = self.tickets.iter().position(|ticket| ticket.is_for(gate));
        let index = known.unwrap_or(self.tickets.len());
        if known.is_none() {
            self.tickets.push(gate.enter(&self.request));
        }
        self.tickets[index].pass().await;
    }

    /// The last of its reply is on its way.
    fn end(&mut self, outcome: Outcome) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.slot = None;
        self.tickets.drain(..).for_each(Ticket::finish);
        self.report(outcome);
    }

    fn report(&self, outcome: Outcome) {
        if let Some(log) = &self.front.log {
            let status = self.status.map(|status| status.as_u16());
            log(&Served { request: self.request.clone(), status, outcome });
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if !self.ended {
            self.report(Outcome::Left);
        }
    }
}

/// A reply, step by step.
enum Step {
    Send(Bytes),
    Flush,
    KeepBack(usize),
    Stop(Gate),
    GoDown,
    Close(End),
}

impl Front {
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    fn book(&self, parts: &Parts, body: Bytes) -> (Arc<Request>, Fault) {
        let mut book = locked(&self.book);
        let request = Arc::new(Request {
            id: book.next,
            method: parts.method.clone(),
            path: parts.uri.path().into(),
            headers: parts.headers.clone(),
            body,
            client: parts.extensions.get::<Peer>().map(|Peer(client)| *client),
        });
        book.next += 1;
        if self.keeps_requests {
            book.requests.push(request.clone());
        }
        let mut scripts = book.scripts.iter_mut();
        let script = scripts.find(|script| !script.faults.is_empty() && (script.matches)(&request));
        let fault = script.and_then(|script| script.faults.pop_front()).unwrap_or(Fault::None);
        book.scripts.retain(|script| !script.faults.is_empty());
        (request, fault)
    }

    /// Waits for the model and a slot, if the answer says that it needs them.
    async fn run(&self, visit: &mut Visit, answer: &mut Answer) -> Result<(), Busy> {
        if let Some(model) = answer.note(note::UNLOADS) {
            self.queue.unload(&model);
        }
        let keep_alive = answer.note(note::KEEP_ALIVE);
        let Some(model) = answer.note(note::RUNS) else { return Ok(()) };
        let keep_alive = match keep_alive {
            None => DEFAULT_KEEP_ALIVE,
            Some(time) => time.parse().ok().map(Duration::from_nanos),
        };
        let came = Timestamp::now();
        let (slot, load) = self.queue.admit(&model, keep_alive, &visit.request).await?;
        visit.slot = Some(slot);
        visit.stop(&self.gates.slot).await;
        answer.add_times(Timestamp::now().duration_since(came).unsigned_abs(), load);
        Ok(())
    }
}

async fn serve(
    State(front): State<Arc<Front>>,
    Extension(line): Extension<Arc<Line>>,
    request: extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // As much as there is, as with Ollama. Who does not send it all has left.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return pending().await };
    let (request, mut fault) = front.book(&parts, body);
    let mut visit = Visit {
        front: front.clone(),
        request: request.clone(),
        status: None,
        tickets: Vec::new(),
        slot: None,
        ended: false,
    };
    if foreign(&parts, front.door.address()) {
        let forbidden =
            Answer { status: StatusCode::FORBIDDEN, headers: HeaderMap::new(), body: Bytes::new() };
        return whole(forbidden, visit);
    }
    match request.header("mock-fault").map(str::parse) {
        Some(Ok(asked)) => fault = asked,
        Some(Err(unknown)) => fault = Failure::new(400, format!("mock-fault: {unknown}")).into(),
        None => {}
    }
    if request.runs_a_model() {
        visit.stop(&front.gates.arrival).await;
    }
    if let Fault::HangUp(end) = fault {
        visit.end(Outcome::HungUp);
        line.close(end);
        return pending().await;
    }
    let failure = match &fault {
        Fault::Error(failure) => Some(failure.clone()),
        _ => None,
    };
    let mut answer = front.answers.ask(&request, failure.as_ref()).await;
    if let Err(Busy) = front.run(&mut visit, &mut answer).await {
        answer = front.answers.ask(&request, Some(&Failure::busy())).await;
        fault = Fault::None;
    }
    if let Fault::Hold(gate) = &fault {
        visit.stop(gate).await;
    }
    if answer.status == StatusCode::OK && !answer.is(NDJSON) {
        match fault {
            Fault::Crash { .. } => {
                answer = front.answers.ask(&request, Some(&Failure::crash())).await
            }
            Fault::NoDone { .. } => answer.body = without_done(&request, answer.body),
            _ => {}
        }
    }
    if answer.is(NDJSON) && matches!(fault, Fault::Crash { after: 0 }) {
        answer = front.answers.ask(&request, Some(&Failure::crash())).await;
        fault = Fault::None;
    }
    send(answer, &fault, visit, line)
}

/// What a 200 without `done` has for a body.
fn without_done(request: &Request, body: Bytes) -> Bytes {
    let zero = match request.path.as_str() {
        "/api/generate" => r#""response":"""#,
        "/api/chat" => r#""message":{"role":"","content":""}"#,
        _ => return body,
    };
    format!(r#"{{"model":"","created_at":"0001-01-01T00:00:00Z",{zero},"done":false}}"#).into()
}

/// The reply, in the frame that its type asks for, and with its fault.
fn send(answer: Answer, fault: &Fault, visit: Visit, line: Arc<Line>) -> Response {
    let streamed = answer.is(NDJSON);
    let steps = if streamed {
        stream_steps(&visit.front, answer.objects(), fault)
    } else {
        single_steps(&answer.body, fault)
    };
    match steps {
        Some(steps) => in_steps(answer, streamed, steps, visit, line),
        None if answer.is(STREAMED_ERROR) => {
            let steps = VecDeque::from([Step::Send(answer.body.clone())]);
            in_steps(answer, true, steps, visit, line)
        }
        None => whole(answer, visit),
    }
}

fn stream_steps(front: &Front, objects: Vec<Bytes>, fault: &Fault) -> Option<VecDeque<Step>> {
    let mut steps = VecDeque::new();
    // Where it happens: before the last object at the latest.
    let bound = |after: usize| after.min(objects.len().saturating_sub(1));
    let at = match *fault {
        Fault::Crash { after }
        | Fault::NoDone { after }
        | Fault::Cut { after, .. }
        | Fault::Stall { after, .. } => Some(bound(after)),
        _ => None,
    };
    for (index, object) in objects.into_iter().enumerate() {
        if at == Some(index) {
            match fault {
                Fault::Crash { .. } => {
                    let error = serde_json::json!({"error": CRASH});
                    steps.push_back(Step::Send(format!("{error}\n").into()));
                    return Some(steps);
                }
                Fault::NoDone { .. } => return Some(steps),
                Fault::Cut { end, then_refuse, .. } => {
                    // Half the object, and the two bytes that end its chunk.
                    steps.push_back(Step::KeepBack(object.len() / 2 + 2));
                    steps.push_back(Step::Send(object));
                    cut(&mut steps, *end, *then_refuse);
                    return Some(steps);
                }
                Fault::Stall { gate, .. } => {
                    steps.push_back(Step::Flush);
                    steps.push_back(Step::Stop(gate.clone()));
                }
                _ => {}
            }
        }
        steps.push_back(Step::Stop(front.gates.object.clone()));
        if let Fault::Split = fault {
            let half = object.len() / 2;
            steps.push_back(Step::Send(object.slice(..half)));
            steps.push_back(Step::Flush);
            steps.push_back(Step::Send(object.slice(half..)));
        } else {
            steps.push_back(Step::Send(object));
        }
    }
    Some(steps)
}

fn single_steps(body: &Bytes, fault: &Fault) -> Option<VecDeque<Step>> {
    let half = body.len() / 2;
    let mut steps = VecDeque::from([Step::Send(body.slice(..half))]);
    match fault {
        Fault::Cut { end, then_refuse, .. } => cut(&mut steps, *end, *then_refuse),
        Fault::Stall { gate, .. } => {
            steps.extend([Step::Flush, Step::Stop(gate.clone()), Step::Send(body.slice(half..))]);
        }
        _ => return None,
    }
    Some(steps)
}

fn cut(steps: &mut VecDeque<Step>, end: End, then_refuse: bool) {
    steps.push_back(Step::Flush);
    if then_refuse {
        // First, so that whoever sees the cut is refused already.
        steps.push_back(Step::GoDown);
    }
    steps.push_back(Step::Close(end));
}

/// A reply in one piece: hyper gives it its length.
fn whole(answer: Answer, mut visit: Visit) -> Response {
    visit.status = Some(answer.status);
    visit.end(Outcome::Answered);
    response(answer.status, answer.headers, Body::from(answer.body))
}

/// A reply as a stream: in chunks, or in parts of a body whose length is told at first.
fn in_steps(
    answer: Answer,
    chunked: bool,
    steps: VecDeque<Step>,
    mut visit: Visit,
    line: Arc<Line>,
) -> Response {
    visit.status = Some(answer.status);
    let length = answer.body.len();
    let body = Body::from_stream(stream::unfold((steps, visit, line), next));
    let mut response = response(answer.status, answer.headers, body);
    if !chunked {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response
}

type Sending = (VecDeque<Step>, Visit, Arc<Line>);

/// Does what is to be done before the next piece, and gives that.
async fn next(sending: Sending) -> Option<(Result<Bytes, Infallible>, Sending)> {
    let (mut steps, mut visit, line) = sending;
    loop {
        match steps.pop_front() {
            None => {
                visit.end(Outcome::Answered);
                return None;
            }
            Some(Step::Send(bytes)) => {
                if steps.is_empty() {
                    // Before it is sent: who has it all must not be counted any more.
                    visit.end(Outcome::Answered);
                }
                return Some((Ok(bytes), (steps, visit, line)));
            }
            Some(Step::Flush) => line.flush().await,
            Some(Step::KeepBack(bytes)) => line.keep_back(bytes),
            Some(Step::Stop(gate)) => visit.stop(&gate).await,
            Some(Step::GoDown) => visit.front.door.close().await,
            Some(Step::Close(end)) => {
                visit.end(Outcome::Cut);
                line.close(end);
                if !visit.front.door.is_open() {
                    visit.front.door.hang_up();
                }
                return pending().await;
            }
        }
    }
}

fn response(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    for name in &CONNECTION {
        response.headers_mut().remove(name);
    }
    response
}

/// Whether a page from elsewhere asks, by way of a browser on this machine. A server that
/// others may reach looks at the origin only.
fn foreign(parts: &Parts, address: SocketAddr) -> bool {
    let text = |name| {
        let value: Option<&HeaderValue> = parts.headers.get(name);
        value.map(|value| value.to_str().unwrap_or("?").to_lowercase())
    };
    let host = text(header::HOST).unwrap_or_default();
    let origin = text(header::ORIGIN).unwrap_or_default();
    (address.ip().is_loopback() && !local(without_port(&host))) || !allowed(&origin, &host)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// What Ollama takes for this machine. It also knows the machine's own name, which std
/// does not tell.
fn local(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unspecified(),
        Err(_) => {
            let endings = [".localhost", ".local", ".internal"];
            host.is_empty() || host == "localhost" || endings.iter().any(|end| host.ends_with(end))
        }
    }
}

/// `OLLAMA_ORIGINS` as it is if it is not set; and the server's own pages.
fn allowed(origin: &str, host: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else { return origin.is_empty() };
    match scheme {
        "http" | "https" => {
            rest == host || ["localhost", "127.0.0.1", "0.0.0.0"].contains(&without_port(rest))
        }
        "app" | "file" | "tauri" | "vscode-webview" | "vscode-file" => true,
        _ => false,
    }
}

/// Lets connections in, or refuses them.
pub(crate) struct Door {
    address: SocketAddr,
    /// Bound, but never listening: it keeps the port while the door is closed, from
    /// anything that asks the system for a free one.
    _port: Option<TcpSocket>,
    accepting: Mutex<Option<JoinHandle<()>>>,
    /// Changes when all connections are to be closed.
    connections: watch::Sender<()>,
}

impl Door {
    /// Binds the address, without opening it yet.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<(Self, TcpListener)> {
        let port = bind(address)?;
        let address = port.local_addr()?;
        // Not every system has two sockets on one port, even if only one listens.
        let (port, socket) = match bind(address) {
            Ok(socket) => (Some(port), socket),
            Err(_) => (None, port),
        };
        let listener = socket.listen(BACKLOG)?;
        let (accepting, connections) = (Mutex::new(None), watch::Sender::new(()));
        Ok((Self { address, _port: port, accepting, connections }, listener))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_open(&self) -> bool {
        locked(&self.accepting).is_some()
    }

    /// From now on, whoever connects is refused. Connections that exist go on.
    pub(crate) async fn close(&self) {
        let accepting = locked(&self.accepting).take();
        if let Some(accepting) = accepting {
            accepting.abort();
            // The listener is closed when the task has ended, cancelled or not.
            let _ = accepting.await;
        }
    }

    /// Closes all connections.
    pub(crate) fn hang_up(&self) {
        self.connections.send_replace(());
    }
}

/// As many may have connected before the first is accepted: a thousand clients at once.
const BACKLOG: u32 = 4096;

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Elsewhere this would let two servers listen on one port.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    Ok(socket)
}

/// Opens the door again, or for the first time. Does nothing if it is open.
pub(crate) fn open(front: &Arc<Front>, listener: Option<TcpListener>) -> io::Result<()> {
    let mut accepting = locked(&front.door.accepting);
    if accepting.is_none() {
        let listener = match listener {
            Some(listener) => listener,
            None => bind(front.door.address)?.listen(BACKLOG)?,
        };
        *accepting = Some(tokio::spawn(accept(front.clone(), listener)));
    }
    Ok(())
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy)]
struct Peer(SocketAddr);

async fn accept(front: Arc<Front>, listener: TcpListener) {
    let router = front.router();
    loop {
        // What fails is one connection, or the process has no files left: then others
        // have to end first, which they do on the same thread.
        let Ok((tcp, client)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        // Each chunk is a packet of its own. It fails only if the client has left.
        let _ = tcp.set_nodelay(true);
        let line = Arc::new(Line::default());
        let router = router.clone().layer(Extension(line.clone())).layer(Extension(Peer(client)));
        let service = TowerToHyperService::new(router);
        let mut hung_up = front.door.connections.subscribe();
        tokio::spawn(async move {
            let io = TokioIo::new(Socket::new(tcp, line.clone()));
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(io, service);
            // Whichever it is, the connection is dropped with all that it was doing. How
            // it ended is told by the requests' own tickets.
            tokio::select! {
                _ = connection => {}
                () = line.closed() => {}
                _ = hung_up.changed() => {}
            }
        });
    }
}
