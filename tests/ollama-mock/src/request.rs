use std::fmt;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};

use crate::asked::text;
use crate::go;

/// A request as it reached the mock.
#[derive(Clone)]
pub struct Request {
    pub(crate) id: u64,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) client: Option<SocketAddr>,
}

impl Request {
    /// Its number, from 0, in the order in which requests reached the mock: its place in
    /// [`Mock::requests`](crate::Mock::requests).
    pub fn id(&self) -> u64 {
        self.id
    }

    /// `GET`, `POST` and so on.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path, without a query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A header's value, if the request has it and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as it came.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The client's end of the connection that it came by: requests that share it came by the
    /// same connection, one after the other.
    pub fn client(&self) -> Option<SocketAddr> {
        self.client
    }

    /// The model that it names, if any, read as Ollama reads it.
    pub fn model(&self) -> Option<String> {
        let json = go::read(&self.body).ok()?;
        let names = ["model", "name"].map(|key| text(json.get(key)));
        names.into_iter().find(|name| !name.is_empty()).map(str::to_owned)
    }

    /// Whether it asks for a model to be run: a `POST` to generate, chat or embed. These
    /// are what gates hold and scripts are for, if nothing else is said.
    pub fn runs_a_model(&self) -> bool {
        let runs = ["/api/generate", "/api/chat", "/api/embed"];
        self.method == Method::POST && runs.contains(&self.path.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "#{} {} {} {body}", self.id, self.method, self.path)
    }
}
