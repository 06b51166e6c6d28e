//! A reply before it is sent, and the JSON objects of the routes that run a model.

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use serde::Serialize;
use serde_json::json;

use crate::Failure;

const JSON: &str = "application/json; charset=utf-8";
const NDJSON: &str = "application/x-ndjson";
/// The type of an error that comes in place of a stream's first object.
const STREAMED_ERROR: &str = "application/json";

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    /// Sent with its length.
    Whole(Bytes),
    /// Sent in one chunk, without its length: an error in place of a stream.
    Chunk(Bytes),
    /// Sent in chunks: one for each object.
    Stream(Vec<Bytes>),
}

impl Reply {
    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, JSON, Body::Whole(to_json(value).into()))
    }

    pub(crate) fn text(status: StatusCode, content_type: &'static str, text: &'static str) -> Self {
        Self::new(status, content_type, Body::Whole(Bytes::from_static(text.as_bytes())))
    }

    /// One line of JSON for each object.
    pub(crate) fn stream<'a>(objects: impl Iterator<Item = &'a Object>) -> Self {
        let lines = objects.map(|object| {
            let mut line = to_json(object);
            line.push(b'\n');
            line.into()
        });
        Self::new(StatusCode::OK, NDJSON, Body::Stream(lines.collect()))
    }

    /// An error, to a request that asked for a stream or did not.
    pub(crate) fn failure(failure: &Failure, stream: bool) -> Self {
        let body = to_json(&json!({"error": failure.message})).into();
        let status = StatusCode::from_u16(failure.status).expect("`Failure::new` has checked it");
        let reply = if stream && failure.in_stream {
            Self::new(status, STREAMED_ERROR, Body::Chunk(body))
        } else {
            Self::new(status, JSON, Body::Whole(body))
        };
        match failure.retry_after {
            Some(seconds) => reply.with(RETRY_AFTER, seconds.into()),
            None => reply,
        }
    }

    /// 403, as Ollama answers a page of another site: without body and type.
    pub(crate) fn forbidden() -> Self {
        let (headers, body) = (HeaderMap::new(), Body::Whole(Bytes::new()));
        Self { status: StatusCode::FORBIDDEN, headers, body }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn new(status: StatusCode, content_type: &'static str, body: Body) -> Self {
        let reply = Self { status, headers: HeaderMap::new(), body };
        reply.with(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings, numbers and lists are always JSON")
}

/// An object of a reply to generate, chat or embed. Each route has some of these fields; the
/// others are left out, as are statistics that are zero.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Object {
    pub(crate) model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings: Option<Vec<Vec<f32>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) context: Vec<i64>,
    #[serde(flatten)]
    pub(crate) statistics: Statistics,
}

#[derive(Clone, Serialize)]
pub(crate) struct Message {
    pub(crate) role: &'static str,
    pub(crate) content: String,
}

/// Counts of tokens, and durations in nanoseconds.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Statistics {
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) total_duration: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) load_duration: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) prompt_eval_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) prompt_eval_duration: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) eval_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) eval_duration: u64,
}

/// Takes a reference because serde passes one.
fn is_zero(number: &u64) -> bool {
    *number == 0
}
