use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::gate::Gate;

/// What goes wrong with one request: each of the ways in which Ollama, or what stands
/// before it, fails.
///
/// `after` counts the objects of a stream that are sent whole before it happens. One that
/// is larger than the stream is long means just before the last object, so that no
/// stream that fails ever says `done`. A reply that is not a stream is cut, or stalls,
/// half-way through its body. A request that Ollama would answer with an error gets that
/// error, unless the fault is another one, or leaves no reply.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing: the request is answered as usual. For sequences.
    None,
    /// An error and nothing else; it takes no slot.
    Error(Failure),
    /// The first byte is slow: it waits at this gate, with its slot. Released, the reply
    /// is as usual. A gate that nobody holds on to never opens, nor does one that nobody
    /// opens.
    Hold(Gate),
    /// The runner crashes: the stream ends with an `error` under status 200, and cleanly.
    /// Not streamed, or after no object at all, it is a 500.
    Crash { after: usize },
    /// The stream ends cleanly, but never says `done`. Not streamed, it is a 200 whose
    /// object is empty. (An embed has no `done`, and is answered as usual.)
    NoDone { after: usize },
    /// The connection is cut inside an object, which is a chunk. With `then_refuse` the
    /// server is gone: see [`Mock::go_down`](crate::Mock::go_down).
    Cut { after: usize, end: End, then_refuse: bool },
    /// The connection is closed before any reply.
    HangUp(End),
    /// The stream stops at this gate, and goes on when it is released there.
    Stall { after: usize, gate: Gate },
    /// Every object comes in two chunks, the first of which is on its way before the
    /// second is begun.
    Split,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order.
    Fin,
    /// With a reset.
    Reset,
}

/// An error: `{"error":"…"}` under a status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    status: u16,
    message: String,
    retry_after: Option<u64>,
    streamed: bool,
}

impl Failure {
    /// An error of Ollama's server.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None, streamed: false }
    }

    /// 503: too many wait for a model to load. Without `Retry-After`, as always locally.
    pub fn busy() -> Self {
        Self::new(503, "server busy, please try again.  maximum pending requests exceeded")
    }

    /// 500: the runner has crashed before the first object.
    pub fn crash() -> Self {
        Self { streamed: true, ..Self::new(500, CRASH) }
    }

    /// 400: the prompt is longer than the context. The text is JSON once more.
    pub fn overflow() -> Self {
        let message = "request (5125 tokens) exceeds the available context size (2048 tokens), \
                       try increasing it";
        let message = serde_json::json!({"error": {
            "code": 400,
            "message": message,
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 5125,
            "n_ctx": 2048,
        }});
        let message = message.to_string();
        Self { streamed: true, ..Self::new(400, message) }
    }

    /// *Not local Ollama*: what a cloud model or a proxy answers, 429 or 502 for example,
    /// with `Retry-After` in seconds. The text says so.
    pub fn from_a_proxy(status: u16, retry_after: u64) -> Self {
        let message = "not from a local Ollama: a proxy or a cloud model asks to wait";
        Self { retry_after: Some(retry_after), ..Self::new(status, message) }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn seconds(&self) -> Option<u64> {
        self.retry_after
    }

    /// Whether it comes where the stream was to begin, and so is framed like one.
    pub(crate) fn streamed(&self) -> bool {
        self.streamed
    }
}

/// What a crash of the runner says, before the first object or after it.
pub(crate) const CRASH: &str = "an error was encountered while running the model: unexpected EOF";

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Fault::Error(failure)
    }
}

impl Fault {
    /// The names by which the program knows faults, and what they do.
    pub const NAMES: &[(&str, &str)] = &[
        ("ok", "answered as usual"),
        ("busy", "503, too many requests wait for a model"),
        ("hold", "no reply at all, until the client leaves"),
        ("crash", "an error after two objects; unstreamed, 500"),
        ("no-done", "the stream ends after two objects, cleanly"),
        ("cut", "the connection is cut inside the third object"),
        ("fin", "the connection is closed before any reply"),
        ("reset", "the same with a reset"),
        ("stall", "silence after two objects"),
        ("400", "permanent: a field of the wrong type"),
        ("404", "permanent: an unknown model"),
        ("500", "permanent: an option of the wrong type"),
        ("overflow", "400, the prompt is too long; JSON in the text"),
        ("split", "every object in two chunks"),
        ("429", "with Retry-After: not local Ollama"),
        ("502", "the same"),
    ];
}

impl FromStr for Fault {
    type Err = String;

    /// Reads one of [`Fault::NAMES`].
    fn from_str(name: &str) -> Result<Self, String> {
        let after = 2;
        Ok(match name {
            "ok" => Fault::None,
            "busy" => Failure::busy().into(),
            "hold" => Fault::Hold(Gate::new()),
            "crash" => Fault::Crash { after },
            "no-done" => Fault::NoDone { after },
            "cut" => Fault::Cut { after, end: End::Fin, then_refuse: false },
            "fin" => Fault::HangUp(End::Fin),
            "reset" => Fault::HangUp(End::Reset),
            "stall" => Fault::Stall { after, gate: Gate::new() },
            "400" => Failure::new(
                400,
                "json: cannot unmarshal number into Go struct field GenerateRequest.prompt of \
                 type string",
            )
            .into(),
            "404" => Failure::new(404, "model 'missing' not found").into(),
            "500" => Failure::new(500, "option \"temperature\" must be of type float32").into(),
            "overflow" => Failure::overflow().into(),
            "split" => Fault::Split,
            "429" => Failure::from_a_proxy(429, 1).into(),
            "502" => Failure::from_a_proxy(502, 1).into(),
            _ => {
                let known: Vec<&str> = Fault::NAMES.iter().map(|(name, _)| *name).collect();
                return Err(format!("not a fault; there are {}", known.join(", ")));
            }
        })
    }
}
