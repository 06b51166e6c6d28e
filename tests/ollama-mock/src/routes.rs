//! What Ollama answers on each route.

use std::cmp::Reverse;
use std::time::SystemTime;

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};
use serde_json::{Value, json};

use crate::decode::{Fields, bad_request};
use crate::duration;
use crate::models::{self, MODELS, Model};
use crate::queue::Queue;
use crate::reply::Reply;
use crate::run::{self, Run};
use crate::{Failure, Request};

pub(crate) enum Answer {
    /// Sent at once.
    Reply(Reply),
    /// Sent when the model is loaded and has a free slot.
    Run(Run),
}

pub(crate) fn answer(request: &Request, queue: &Queue) -> Result<Answer, Failure> {
    let allowed = match request.path() {
        "/" | "/api/version" | "/api/tags" => "HEAD, GET",
        "/api/ps" => "GET",
        "/api/generate" | "/api/chat" | "/api/embed" | "/api/show" => "POST",
        _ => {
            let (status, text) = (StatusCode::NOT_FOUND, "404 page not found");
            return Ok(Answer::Reply(Reply::text(status, "text/plain", text)));
        }
    };
    if !allowed.split(", ").any(|method| method == request.method()) {
        let (status, text) = (StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed");
        let reply = Reply::text(status, "text/plain", text);
        return Ok(Answer::Reply(reply.with(ALLOW, HeaderValue::from_static(allowed))));
    }
    let reply = match request.path() {
        "/api/generate" => return run::generate(request.body(), queue),
        "/api/chat" => return run::chat(request.body(), queue),
        "/api/embed" => return run::embed(request.body()),
        "/api/show" => show(request.body())?,
        "/api/version" => Reply::json(&json!({"version": "0.0.0"})),
        "/api/tags" => Reply::json(&json!({"models": MODELS.map(|model| tag(&model))})),
        "/api/ps" => ps(queue),
        _ => Reply::text(StatusCode::OK, "text/plain; charset=utf-8", "Ollama is running"),
    };
    Ok(Answer::Reply(reply))
}

fn show(body: &[u8]) -> Result<Reply, Failure> {
    let fields = Fields::decode(body, "ShowRequest")?;
    let full_name = full_name(&fields.model()?, || bad_request("model is required"))?;
    let model = models::find(&full_name).ok_or_else(|| not_found(&full_name))?;
    let family = model.family;
    Ok(Reply::json(&json!({
        "modelfile": format!("FROM {}\nTEMPLATE \"{}\"\n", model.name, model.template),
        "template": model.template,
        "details": model.details(false),
        "model_info": {
            "general.architecture": family,
            "general.basename": model.name.trim_end_matches(":latest"),
            format!("{family}.context_length"): model.context_length,
            format!("{family}.embedding_length"): model.embedding_length,
        },
        "capabilities": [model.capability],
        "modified_at": model.modified_at,
    })))
}

fn tag(model: &Model) -> Value {
    json!({
        "name": model.name,
        "model": model.name,
        "modified_at": model.modified_at,
        "size": model.size,
        "digest": model.digest,
        "details": model.details(true),
        "capabilities": [model.capability],
    })
}

fn ps(queue: &Queue) -> Reply {
    let for_ever = SystemTime::now() + duration::MAX;
    let loaded = queue.loaded().into_iter();
    let mut loaded: Vec<_> =
        loaded.map(|(name, expires)| (name, expires.unwrap_or(for_ever))).collect();
    // The model that stays longest comes first.
    loaded.sort_by_key(|(_, expires)| Reverse(*expires));
    let models = loaded.into_iter().filter_map(|(name, expires)| {
        let model = models::find(&name)?;
        Some(json!({
            "name": model.name,
            "model": model.name,
            "size": model.size,
            "digest": model.digest,
            "details": model.details(false),
            "expires_at": timestamp(expires),
            "size_vram": 0,
            "context_length": model.context_length,
        }))
    });
    Reply::json(&json!({"models": models.collect::<Vec<_>>()}))
}

pub(crate) fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_nanos(time).to_string()
}

/// The full name of a model. `none` is the error if the name is empty, in which routes differ.
pub(crate) fn full_name(name: &str, none: impl FnOnce() -> Failure) -> Result<String, Failure> {
    if name.is_empty() {
        return Err(none());
    }
    models::full_name(name).ok_or_else(|| bad_request("invalid model name"))
}

pub(crate) fn not_found(name: &str) -> Failure {
    Failure::new(404, format!("model '{name}' not found"))
}
