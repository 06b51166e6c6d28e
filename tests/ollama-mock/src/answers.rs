//! What Ollama answers: wiremock's side of the mock. When and how it is sent is the
//! front's.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use wiremock::matchers::{any, header_exists, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::Failure;
use crate::asked::{Asked, Route, int, text};
use crate::go::Json;
use crate::models::{self, MODELS, Message, Model, Name, Part, Statistics};
use crate::queue::Queue;

/// What the answers tell the front, in headers that it takes off again.
pub(crate) mod note {
    /// The model that has to be loaded, and have a slot, for this reply.
    pub(crate) const RUNS: &str = "mock-runs";
    /// How long that model stays: nanoseconds, or nothing for ever.
    pub(crate) const KEEP_ALIVE: &str = "mock-keep-alive";
    /// The model that this request unloads.
    pub(crate) const UNLOADS: &str = "mock-unloads";
    /// What the front asks: to answer with this [`Failure`](crate::Failure), as JSON.
    pub(crate) const FAILURE: &str = "mock-failure";
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// Of an error that comes where a stream was to begin.
pub(crate) const STREAMED_ERROR: &str = "application/json";

/// The longest that Ollama keeps a model, which it takes for ever to be.
const FOR_EVER: SignedDuration = SignedDuration::from_nanos(i64::MAX);

/// Ours come after all that a test mounts with wiremock's usual priority, 5.
mod priority {
    pub(super) const FAILURE: u8 = 1;
    pub(super) const ROUTE: u8 = 100;
    pub(super) const WRONG_METHOD: u8 = 200;
    pub(super) const NOT_FOUND: u8 = 255;
}

pub(crate) async fn mount(server: &MockServer, queue: &Arc<Queue>) {
    let fail = Mock::given(header_exists(note::FAILURE)).respond_with(failure);
    fail.with_priority(priority::FAILURE).mount(server).await;

    on(server, "GET", "/", running).await;
    on(server, "GET", "/api/version", |_: &Request| ok(&json!({"version": "0.0.0"}))).await;
    on(server, "GET", "/api/tags", tags).await;
    let queue = queue.clone();
    on(server, "GET", "/api/ps", move |_: &Request| ps(&queue)).await;
    for (at, route) in [
        ("/api/generate", Route::Generate),
        ("/api/chat", Route::Chat),
        ("/api/embed", Route::Embed),
        ("/api/show", Route::Show),
    ] {
        let answer = move |request: &Request| answer(route, request).unwrap_or_else(Wrong::reply);
        on(server, "POST", at, answer).await;
    }
    for (at, allow) in [
        ("/", "HEAD, GET"),
        ("/api/version", "HEAD, GET"),
        ("/api/tags", "HEAD, GET"),
        ("/api/ps", "GET"),
        ("/api/generate", "POST"),
        ("/api/chat", "POST"),
        ("/api/embed", "POST"),
        ("/api/show", "POST"),
    ] {
        // gin's, with a type that has no charset.
        let wrong = ResponseTemplate::new(405)
            .insert_header("allow", allow)
            .set_body_raw("405 method not allowed", "text/plain");
        let wrong = Mock::given(path(at)).respond_with(wrong);
        wrong.with_priority(priority::WRONG_METHOD).mount(server).await;
    }
    let unknown = ResponseTemplate::new(404).set_body_raw("404 page not found", "text/plain");
    let unknown = Mock::given(any()).respond_with(unknown);
    unknown.with_priority(priority::NOT_FOUND).mount(server).await;
}

async fn on(server: &MockServer, verb: &str, at: &str, answer: impl Respond + 'static) {
    // The front asks with GET for a HEAD, where Ollama has one, and drops the body.
    let mock = Mock::given(method(verb)).and(path(at)).respond_with(answer);
    mock.with_priority(priority::ROUTE).mount(server).await;
}

fn ok(body: &impl Serialize) -> ResponseTemplate {
    reply(200, body)
}

fn reply(status: u16, body: &impl Serialize) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(line(body), JSON)
}

fn line(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("text, numbers and lists are always JSON")
}

/// An answer that is an error.
struct Wrong {
    status: u16,
    message: String,
}

impl Wrong {
    fn reply(self) -> ResponseTemplate {
        reply(self.status, &json!({"error": self.message}))
    }
}

fn error(status: u16, message: impl Into<String>) -> Wrong {
    Wrong { status, message: message.into() }
}

fn failure(request: &Request) -> ResponseTemplate {
    let asked = request.headers.get(note::FAILURE).map(|value| value.as_bytes());
    let failure: Option<Failure> = asked.and_then(|json| serde_json::from_slice(json).ok());
    let Some(failure) = failure else {
        return error(400, "the mock did not understand its own failure").reply();
    };
    // Routes differ in their fields, but not in this one.
    let streams = request.url.path() != "/api/embed"
        && Asked::read(Route::Generate, &Bytes::copy_from_slice(&request.body))
            .is_ok_and(|asked| asked.streams());
    let json = line(&json!({"error": failure.message()}));
    let mime = if failure.streamed() && streams { STREAMED_ERROR } else { JSON };
    let template = ResponseTemplate::new(failure.status()).set_body_raw(json, mime);
    match failure.seconds() {
        Some(seconds) => template.insert_header("retry-after", seconds.to_string()),
        None => template,
    }
}

fn running(_: &Request) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw("Ollama is running", "text/plain; charset=utf-8")
}

fn tags(_: &Request) -> ResponseTemplate {
    let models: Vec<Value> = MODELS.iter().map(tag).collect();
    ok(&json!({"models": models}))
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

fn ps(queue: &Queue) -> ResponseTemplate {
    let mut loaded = queue.loaded();
    // The one that stays longest comes first; without a time, that is for ever.
    loaded.sort_by_key(|(_, expires)| std::cmp::Reverse(expires.unwrap_or(Timestamp::MAX)));
    let models: Vec<Value> = loaded
        .iter()
        .filter_map(|(name, expires)| {
            let model = MODELS.iter().find(|model| model.name == name)?;
            let for_ever = || Timestamp::now().saturating_add(FOR_EVER).unwrap_or(Timestamp::MAX);
            Some(json!({
                "name": model.name,
                "model": model.name,
                "size": model.size,
                "digest": model.digest,
                "details": model.details(false),
                "expires_at": expires.unwrap_or_else(for_ever).to_string(),
                "size_vram": 0,
                "context_length": model.context_length,
            }))
        })
        .collect();
    ok(&json!({"models": models}))
}

type Answer = Result<ResponseTemplate, Wrong>;

fn answer(route: Route, request: &Request) -> Answer {
    let body = Bytes::copy_from_slice(&request.body);
    let asked = Asked::read(route, &body).map_err(|message| error(400, message))?;
    match route {
        Route::Generate => generate(&asked),
        Route::Chat => chat(&asked),
        Route::Embed => embed(&asked),
        Route::Show => show(&asked),
    }
}

/// The model that a request names. Routes differ in what they answer to none at all.
fn model(name: &str, none: impl FnOnce() -> Wrong) -> Result<Name, Wrong> {
    if name.is_empty() {
        return Err(none());
    }
    Name::parse(name).ok_or_else(|| error(400, "invalid model name"))
}

fn not_found(name: &str) -> Wrong {
    error(404, format!("model '{name}' not found"))
}

fn generate(asked: &Asked) -> Answer {
    check_logprobs(asked)?;
    let name = asked.text("model");
    let found = model(name, || not_found(name))?;
    let found = models::find(&found).ok_or_else(|| not_found(name))?;
    let prompt = asked.text("prompt");
    let blank = Part { response: Some(String::new()), ..part(name) };
    if prompt.is_empty() && asked.keep_alive() == Some(Some(Duration::ZERO)) {
        return Ok(unload(found, blank));
    }
    let raw = asked.flag("raw") == Some(true);
    let context = asked.items("context");
    let templated = ["template", "system"].iter().any(|field| !asked.text(field).is_empty());
    if raw && (templated || !context.is_empty()) {
        return Err(error(400, "raw mode does not support template, system, or context"));
    }
    let insert = !asked.text("suffix").is_empty();
    check_capabilities(asked, found, "generate", insert.then_some("insert"))?;
    if prompt.is_empty() {
        return Ok(load(asked, found, blank));
    }

    let spoken = [asked.text("system"), asked.text("template"), prompt].join("\n");
    let said = Said::to(asked, &spoken, context.len());
    let mut last = said.last(Part { response: Some(String::new()), ..part(name) });
    if !raw {
        let words = prompt.split_whitespace().chain(said.tokens.iter().map(String::as_str));
        last.context = context.iter().map(|id| int(Some(id))).collect();
        last.context.extend(models::tokens(words));
    }
    let with = |part: Part, response: &str| Part { response: Some(response.into()), ..part };
    Ok(said.send(asked, found, last, with))
}

fn chat(asked: &Asked) -> Answer {
    check_logprobs(asked)?;
    let name = asked.text("model");
    let found = model(name, || error(400, "model is required"))?;
    let found = models::find(&found).ok_or_else(|| not_found(name))?;
    let with = |part: Part, content: &str| {
        let message = Message { role: "assistant".into(), content: content.into() };
        Part { message: Some(message), ..part }
    };
    let blank = with(part(name), "");
    let messages = asked.items("messages");
    if messages.is_empty() && asked.keep_alive() == Some(Some(Duration::ZERO)) {
        return Ok(unload(found, blank));
    }
    let tools = !asked.items("tools").is_empty();
    check_capabilities(asked, found, "chat", tools.then_some("tools"))?;
    if messages.is_empty() {
        return Ok(load(asked, found, blank));
    }

    let spoken = messages.iter().map(|message| {
        let role = text(message.get("role")).to_lowercase();
        format!("{role}: {}\n", text(message.get("content")))
    });
    let said = Said::to(asked, &spoken.collect::<String>(), 0);
    let last = said.last(blank);
    Ok(said.send(asked, found, last, with))
}

fn embed(asked: &Asked) -> Answer {
    let name = asked.text("model");
    let found = model(name, || not_found(name))?;
    let invalid = || error(400, "invalid input type");
    let inputs = match asked.get("input") {
        None => Vec::new(),
        Some(Json::String(input)) if input.is_empty() => Vec::new(),
        Some(Json::String(input)) => vec![input.as_str()],
        Some(Json::Array(inputs)) => {
            let texts = inputs.iter().map(|input| match input {
                Json::String(input) => Some(input.as_str()),
                _ => None,
            });
            texts.collect::<Option<_>>().ok_or_else(invalid)?
        }
        Some(_) => return Err(invalid()),
    };
    let found = models::find(&found).ok_or_else(|| {
        let name = crate::go::quote(name);
        error(404, format!("model {name} not found, try pulling it first"))
    })?;
    asked.check_options().map_err(|message| error(500, message))?;
    let longest = inputs.iter().map(|input| models::count(input)).max().unwrap_or_default();
    if asked.flag("truncate") == Some(false) && longest > u64::from(found.context_length) {
        return Err(error(400, "the input length exceeds the context length"));
    }

    let mut reply = Part { model: name.into(), embeddings: Some(Vec::new()), ..Part::default() };
    if !inputs.is_empty() {
        let (length, dimensions) = (found.embedding_length.into(), asked.int("dimensions"));
        let dimensions = usize::try_from(dimensions).unwrap_or_default();
        let vectors = inputs.iter().map(|input| models::embed(input, length, dimensions));
        reply.embeddings = Some(vectors.collect());
        // Each text has a token before it and one after.
        let tokens = inputs.iter().map(|input| models::count(input) + 2).sum();
        reply.statistics.prompt_eval_count = tokens;
        reply.statistics.total_duration = tokens * NANOSECONDS_READ;
    }
    Ok(run(asked, found, ok(&reply)))
}

fn show(asked: &Asked) -> Answer {
    let name = match asked.text("model") {
        "" => asked.text("name"),
        name => name,
    };
    let found = model(name, || error(400, "model is required"))?;
    let Some(model) = models::find(&found) else { return Err(not_found(&found.shortest())) };
    let family = model.family;
    let system = match asked.text("system") {
        "" => String::new(),
        system => format!("SYSTEM {system}\n"),
    };
    let mut shown = json!({
        "modelfile": format!("FROM {}\nTEMPLATE \"{}\"\n{system}", model.name, model.template),
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
    });
    if !asked.text("system").is_empty() {
        shown["system"] = asked.text("system").into();
    }
    Ok(ok(&shown))
}

fn check_logprobs(asked: &Asked) -> Result<(), Wrong> {
    match asked.int("top_logprobs") {
        0..=20 => Ok(()),
        _ => Err(error(400, "top_logprobs must be between 0 and 20")),
    }
}

/// What a model cannot do, in the order in which Ollama looks.
fn check_capabilities(
    asked: &Asked,
    model: &Model,
    verb: &str,
    besides: Option<&str>,
) -> Result<(), Wrong> {
    let name = crate::go::quote(asked.text("model"));
    if asked.thinks() {
        return Err(error(400, format!("{name} does not support thinking")));
    }
    if model.capability != "completion" {
        return Err(error(400, format!("{name} does not support {verb}")));
    }
    if let Some(capability) = besides {
        let name = format!("registry.ollama.ai/library/{}", model.name);
        return Err(error(400, format!("{name} does not support {capability}")));
    }
    asked.check_options().map_err(|message| error(500, message))
}

fn part(model: &str) -> Part {
    Part { model: model.into(), created_at: Some(now()), done: Some(false), ..Part::default() }
}

fn now() -> String {
    Timestamp::now().to_string()
}

/// Marks a reply as one for which the model has to run.
fn run(asked: &Asked, model: &Model, template: ResponseTemplate) -> ResponseTemplate {
    let template = template.insert_header(note::RUNS, model.name);
    match asked.keep_alive() {
        None => template,
        Some(None) => template.insert_header(note::KEEP_ALIVE, ""),
        Some(Some(time)) => template.insert_header(note::KEEP_ALIVE, time.as_nanos().to_string()),
    }
}

fn load(asked: &Asked, model: &Model, blank: Part) -> ResponseTemplate {
    let done = Part { done: Some(true), done_reason: Some("load".into()), ..blank };
    run(asked, model, ok(&done))
}

fn unload(model: &Model, blank: Part) -> ResponseTemplate {
    let done = Part { done: Some(true), done_reason: Some("unload".into()), ..blank };
    ok(&done).insert_header(note::UNLOADS, model.name)
}

/// What this machine would take for a token read, and for one said.
const NANOSECONDS_READ: u64 = 150_000;
const NANOSECONDS_SAID: u64 = 860_000;
/// A chat template has some tokens of its own.
const TEMPLATE_TOKENS: u64 = 20;

struct Said {
    tokens: Vec<String>,
    cut: bool,
    read: u64,
}

impl Said {
    fn to(asked: &Asked, spoken: &str, context: usize) -> Self {
        let (tokens, cut) = models::say(spoken, asked.get("format"), asked.option("num_predict"));
        let context = u64::try_from(context).unwrap_or_default();
        Self { tokens, cut, read: models::count(spoken) + TEMPLATE_TOKENS + context }
    }

    /// The last object: with the statistics, and as yet without time spent waiting.
    fn last(&self, blank: Part) -> Part {
        let eval_count = u64::try_from(self.tokens.len()).unwrap_or(u64::MAX);
        let prompt_eval_duration = self.read * NANOSECONDS_READ;
        let eval_duration = eval_count * NANOSECONDS_SAID;
        let statistics = Statistics {
            total_duration: prompt_eval_duration + eval_duration,
            load_duration: 0,
            prompt_eval_count: self.read,
            prompt_eval_duration,
            eval_count,
            eval_duration,
        };
        let done_reason = Some(if self.cut { "length" } else { "stop" }.into());
        Part { done: Some(true), done_reason, statistics, ..blank }
    }

    /// Streamed or whole: the same text.
    fn send(
        &self,
        asked: &Asked,
        model: &Model,
        last: Part,
        with: impl Fn(Part, &str) -> Part,
    ) -> ResponseTemplate {
        if !asked.streams() {
            return run(asked, model, ok(&with(last, &self.tokens.concat())));
        }
        let name = last.model.clone();
        let parts = self.tokens.iter().map(|token| with(part(&name), token)).chain([last]);
        let mut body = Vec::new();
        for part in parts {
            body.extend(line(&part));
            body.push(b'\n');
        }
        run(asked, model, ResponseTemplate::new(200).set_body_raw(body, NDJSON))
    }
}
