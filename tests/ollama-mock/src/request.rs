//! A request as the mock received it, and how it ended.

use std::fmt;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::{HeaderMap, Method};

use crate::decode::Fields;

/// A request as it reached the mock.
#[derive(Clone)]
pub struct Request {
    pub(crate) id: u64,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The number of this request, from 0, in the order of arrival: its index in
    /// [`Mock::requests`](crate::Mock::requests).
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The method, such as `GET` or `POST`.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of a header; `None` if it is absent or not ASCII text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The name of the model in the body, if there is one.
    pub fn model(&self) -> Option<String> {
        let fields = Fields::decode(&self.body, "").ok()?;
        fields.model().ok().filter(|name| !name.is_empty())
    }

    /// Whether the request asks to run a model: a `POST` to `/api/generate`, `/api/chat` or
    /// `/api/embed`. Gates hold these requests, and [`Mock::script`](crate::Mock::script)
    /// applies to them.
    pub fn runs_a_model(&self) -> bool {
        let routes = ["/api/generate", "/api/chat", "/api/embed"];
        self.method == Method::POST && routes.contains(&self.path.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "#{} {} {} {body}", self.id, self.method, self.path)
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a complete reply, of whatever status.
    Answered,
    /// Inside the reply, by [`Fault::Cut`](crate::Fault::Cut).
    Cut,
    /// Without a reply, by [`Fault::HangUp`](crate::Fault::HangUp).
    HungUp,
    /// The client disconnected before the reply was complete.
    Left,
}

/// A request that has ended, as [`Builder::log`](crate::Builder::log) is given it.
#[derive(Clone, Debug)]
pub struct Served {
    /// The request.
    pub request: Arc<Request>,
    /// The status of the reply; `None` if there was no reply.
    pub status: Option<u16>,
    /// How the request ended.
    pub outcome: Outcome,
}

pub(crate) type Log = Box<dyn Fn(&Served) + Send + Sync>;

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self.request.model().unwrap_or_else(|| "-".into());
        // A model's name must not break the line.
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
