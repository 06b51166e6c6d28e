//! What can go wrong with a request.

use std::str::FromStr;

use hyper::StatusCode;
use serde_json::json;

use crate::gate::Gate;

/// What goes wrong with one request. The variants cover all the ways in which Ollama, or a proxy
/// in front of it, fails.
///
/// `after` is the number of objects of the stream that are sent before the fault. The fault
/// happens before the last object at the latest, so a stream that fails never contains `done`.
/// A reply that is not streamed is cut, or stalls, in the middle of its body.
///
/// A request to which Ollama would answer an error gets that error; only
/// [`Error`](Fault::Error), [`Hold`](Fault::Hold), [`Cut`](Fault::Cut), [`HangUp`](Fault::HangUp)
/// and [`Stall`](Fault::Stall) apply to it as well.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing goes wrong. Used in sequences of faults.
    None,
    /// The reply is this error. The request takes no slot.
    Error(Failure),
    /// The reply is delayed: the request waits at this gate with its slot, and is answered as
    /// usual when it is released there. Without a gate that someone opens, it is never answered.
    Hold(Gate),
    /// The model's process crashes: after `after` objects the stream contains an `error`, under
    /// status 200, and ends. If nothing was sent yet, or the reply is not streamed, it is a 500.
    Crash {
        /// Objects sent before.
        after: usize,
    },
    /// The stream ends after `after` objects, without `done`. If the reply is not streamed, it
    /// is a 200 with an empty object. Replies to embed have no `done` and stay as they are.
    NoDone {
        /// Objects sent before.
        after: usize,
    },
    /// The connection is cut inside an object, and thereby inside a chunk.
    Cut {
        /// Objects sent before the one that is cut.
        after: usize,
        /// How the connection is closed.
        end: End,
        /// Whether the server then goes down, as by [`Mock::go_down`](crate::Mock::go_down).
        then_refuse: bool,
    },
    /// The connection is closed before any reply.
    HangUp(End),
    /// The stream stops at this gate after `after` objects, and continues when it is released.
    Stall {
        /// Objects sent before.
        after: usize,
        /// Where the reply waits.
        gate: Gate,
    },
    /// Each object of the stream is sent in two chunks, the second after the first has been
    /// flushed.
    Split,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In good order, with a FIN.
    Fin,
    /// With a RST.
    Reset,
}

/// An error reply: a status, and `{"error":"…"}` as its body.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// In seconds.
    pub(crate) retry_after: Option<u64>,
    /// Whether it is found only when the stream was to begin, and then is sent in a chunk.
    pub(crate) in_stream: bool,
}

impl Failure {
    /// An error with this status and message.
    ///
    /// # Panics
    ///
    /// If the status is not between 100 and 999.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        assert!(StatusCode::from_u16(status).is_ok(), "{status} is not an HTTP status");
        Self { status, message: message.into(), retry_after: None, in_stream: false }
    }

    /// 503: too many requests wait for a model to load. As always with a local Ollama, without
    /// `Retry-After`.
    pub fn busy() -> Self {
        Self::new(503, "server busy, please try again.  maximum pending requests exceeded")
    }

    /// 500: the model's process has crashed before the first object.
    pub fn crash() -> Self {
        Self { in_stream: true, ..Self::new(500, CRASH) }
    }

    /// 400: the prompt is longer than the model's context. The message is itself JSON.
    pub fn overflow() -> Self {
        let message = json!({"error": {
            "code": 400,
            "message": "request (5125 tokens) exceeds the available context size (2048 tokens), \
                        try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 5125,
            "n_ctx": 2048,
        }});
        Self { in_stream: true, ..Self::new(400, message.to_string()) }
    }

    /// An error with `Retry-After`, in seconds, such as 429 or 502. A local Ollama never sends
    /// one, but a proxy or a cloud model does; the message says so.
    ///
    /// # Panics
    ///
    /// If the status is not between 100 and 999.
    pub fn from_a_proxy(status: u16, retry_after: u64) -> Self {
        let message = "not from a local Ollama: a proxy or a cloud model asks to wait";
        Self { retry_after: Some(retry_after), ..Self::new(status, message) }
    }
}

/// What Ollama reports when the model's process crashes.
pub(crate) const CRASH: &str = "an error was encountered while running the model: unexpected EOF";

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Fault::Error(failure)
    }
}

impl Fault {
    /// The names by which [`from_str`](Fault::from_str) knows faults, each with a description.
    pub const NAMES: &[(&str, &str)] = &[
        ("ok", "no fault"),
        ("busy", "503: too many requests wait for a model to load"),
        ("hold", "no reply until the client disconnects"),
        ("crash", "an error after two objects; not streamed: 500"),
        ("no-done", "the stream ends after two objects, without \"done\""),
        ("cut", "the connection is cut inside the third object"),
        ("fin", "the connection is closed before any reply"),
        ("reset", "the connection is reset before any reply"),
        ("stall", "the stream stops after two objects"),
        ("400", "permanent: a field of the wrong type"),
        ("404", "permanent: an unknown model"),
        ("500", "permanent: an option of the wrong type"),
        ("overflow", "400: the prompt is too long; the message is JSON"),
        ("split", "each object in two chunks"),
        ("429", "with Retry-After; not from a local Ollama"),
        ("502", "with Retry-After; not from a local Ollama"),
    ];
}

impl FromStr for Fault {
    type Err = String;

    /// Parses one of [`Fault::NAMES`].
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
                return Err(format!("unknown fault {name:?}; known are {}", known.join(", ")));
            }
        })
    }
}
