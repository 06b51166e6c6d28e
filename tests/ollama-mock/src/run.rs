//! The routes that run a model: generate, chat and embed.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::decode::{Fields, bad_request};
use crate::duration::{self, KeepAlive};
use crate::generator;
use crate::models::{self, Model};
use crate::queue::Queue;
use crate::reply::{Message, Object, Reply, Statistics};
use crate::routes::{Answer, full_name, not_found, timestamp};
use crate::{Failure, Request};

/// A reply for which a model has to run.
pub(crate) struct Run {
    /// The model's full name.
    pub(crate) model: &'static str,
    pub(crate) keep_alive: KeepAlive,
    stream: bool,
    parts: Vec<Object>,
    /// The only object, or the last one of the stream, with the statistics.
    last: Object,
}

impl Run {
    /// The reply, with the time since the request has arrived and the part of it that the model
    /// took to load.
    pub(crate) fn reply(mut self, waited: Duration, load: Duration) -> Reply {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let statistics = &mut self.last.statistics;
        if statistics.total_duration > 0 {
            // Ollama measures some time even if the model is loaded already.
            statistics.load_duration = nanoseconds(load).max(1);
            statistics.total_duration += nanoseconds(waited);
        }
        if self.stream {
            Reply::stream(self.parts.iter().chain([&self.last]))
        } else {
            Reply::json(&self.last)
        }
    }
}

/// Whether a request asks for a stream, which it does if it does not say.
pub(crate) fn wants_stream(request: &Request) -> bool {
    Fields::decode(request.body(), "").is_ok_and(|fields| stream(&fields).unwrap_or(true))
}

fn stream(fields: &Fields) -> Result<bool, Failure> {
    Ok(fields.get::<Option<bool>>("stream", "bool")?.unwrap_or(true))
}

fn keep_alive(fields: &Fields) -> Result<KeepAlive, Failure> {
    let Some(value) = fields.value("keep_alive") else { return Ok(duration::DEFAULT) };
    duration::keep_alive(value).map_err(bad_request)
}

pub(crate) fn generate(body: &[u8], queue: &Queue) -> Result<Answer, Failure> {
    let fields = Fields::decode(body, "GenerateRequest")?;
    let name = fields.text("model")?;
    let [prompt, system, template] =
        [fields.text("prompt")?, fields.text("system")?, fields.text("template")?];
    let needs_insert = !fields.text("suffix")?.is_empty();
    let raw: bool = fields.get("raw", "bool")?;
    let context: Vec<i64> = fields.get("context", "[]int")?;
    let call = Call::decode(&fields, name, |object, response| {
        object.response = Some(response.into());
    })?;

    let model = find(name, || not_found(name))?;
    if prompt.is_empty() && call.keep_alive == Some(Duration::ZERO) {
        return Ok(call.unload(model, queue));
    }
    check_capabilities(&fields, model, "generate", needs_insert.then_some("insert"))?;
    if prompt.is_empty() {
        return Ok(call.load(model));
    }
    let (tokens, mut run) = call.complete(model, &[system, template, prompt].join("\n"));
    run.last.statistics.prompt_eval_count += u64::try_from(context.len()).unwrap_or(u64::MAX);
    if !raw {
        let words = prompt.split_whitespace().chain(tokens.iter().map(String::as_str));
        run.last.context = context.into_iter().chain(generator::tokens(words)).collect();
    }
    Ok(Answer::Run(run))
}

pub(crate) fn chat(body: &[u8], queue: &Queue) -> Result<Answer, Failure> {
    let fields = Fields::decode(body, "ChatRequest")?;
    let name = fields.text("model")?;
    let messages: Vec<Map<String, Value>> = fields.get("messages", "[]api.Message")?;
    let tools: Vec<Value> = fields.get("tools", "api.Tools")?;
    let mut prompt = String::new();
    for message in messages {
        let message = Fields::new(message, "ChatRequest.messages");
        let role = message.text("role")?.to_lowercase();
        prompt += &format!("{role}: {}\n", message.text("content")?);
    }
    let call = Call::decode(&fields, name, |object, content| {
        object.message = Some(Message { role: "assistant", content: content.into() });
    })?;

    let model = find(name, || bad_request("model is required"))?;
    if prompt.is_empty() && call.keep_alive == Some(Duration::ZERO) {
        return Ok(call.unload(model, queue));
    }
    check_capabilities(&fields, model, "chat", (!tools.is_empty()).then_some("tools"))?;
    if prompt.is_empty() {
        return Ok(call.load(model));
    }
    let (_, run) = call.complete(model, &prompt);
    Ok(Answer::Run(run))
}

/// What generate and chat have in common.
struct Call<'a> {
    fields: &'a Fields,
    /// The model's name, as the client has written it.
    name: &'a str,
    keep_alive: KeepAlive,
    stream: bool,
    /// Puts a piece of text into an object of the reply.
    set_text: fn(&mut Object, &str),
}

impl<'a> Call<'a> {
    fn decode(
        fields: &'a Fields,
        name: &'a str,
        set_text: fn(&mut Object, &str),
    ) -> Result<Self, Failure> {
        options(fields)?;
        let (keep_alive, stream) = (keep_alive(fields)?, stream(fields)?);
        Ok(Self { fields, name, keep_alive, stream, set_text })
    }

    fn object(&self, text: &str) -> Object {
        let (model, created_at) = (self.name.into(), Some(timestamp(SystemTime::now())));
        let mut object = Object { model, created_at, done: Some(false), ..Object::default() };
        (self.set_text)(&mut object, text);
        object
    }

    fn done(&self, reason: &'static str, text: &str) -> Object {
        Object { done: Some(true), done_reason: Some(reason), ..self.object(text) }
    }

    /// The reply to a request without a prompt: it loads the model.
    fn load(self, model: &'static Model) -> Answer {
        Answer::Run(Run { stream: false, ..self.run(model, Vec::new(), self.done("load", "")) })
    }

    /// The reply to a request without a prompt and with a `keep_alive` of 0.
    fn unload(self, model: &'static Model, queue: &Queue) -> Answer {
        queue.unload(model.name);
        Answer::Reply(Reply::json(&self.done("unload", "")))
    }

    /// The tokens of the model's answer, and the reply with them.
    fn complete(self, model: &'static Model, prompt: &str) -> (Vec<String>, Run) {
        let options = self.fields.value("options");
        let limit = options.and_then(|options| options["num_predict"].as_i64());
        let (tokens, cut) = generator::complete(prompt, self.fields.value("format"), limit);
        let text = if self.stream { String::new() } else { tokens.concat() };
        let mut last = self.done(if cut { "length" } else { "stop" }, &text);
        let eval_count = u64::try_from(tokens.len()).unwrap_or(u64::MAX);
        let prompt_eval_count = generator::count(prompt) + TEMPLATE_TOKENS;
        let prompt_eval_duration = prompt_eval_count * NANOSECONDS_READ;
        let eval_duration = eval_count * NANOSECONDS_WRITTEN;
        last.statistics = Statistics {
            total_duration: prompt_eval_duration + eval_duration,
            load_duration: 0,
            prompt_eval_count,
            prompt_eval_duration,
            eval_count,
            eval_duration,
        };
        let parts = tokens.iter().map(|token| self.object(token)).collect();
        (tokens, self.run(model, parts, last))
    }

    fn run(&self, model: &'static Model, parts: Vec<Object>, last: Object) -> Run {
        let (keep_alive, stream) = (self.keep_alive, self.stream);
        Run { model: model.name, keep_alive, stream, parts, last }
    }
}

/// The time for each token of a prompt, and of an answer, in the statistics.
const NANOSECONDS_READ: u64 = 150_000;
const NANOSECONDS_WRITTEN: u64 = 860_000;
/// The tokens of a model's template, which count as part of the prompt.
const TEMPLATE_TOKENS: u64 = 20;

pub(crate) fn embed(body: &[u8]) -> Result<Answer, Failure> {
    let fields = Fields::decode(body, "EmbedRequest")?;
    let name = fields.text("model")?;
    let truncate: Option<bool> = fields.get("truncate", "bool")?;
    let dimensions: usize = fields.get("dimensions", "int")?;
    options(&fields)?;
    let keep_alive = keep_alive(&fields)?;

    let full_name = full_name(name, || not_found(name))?;
    let inputs = match fields.value("input") {
        None => Some(Vec::new()),
        Some(Value::String(input)) if input.is_empty() => Some(Vec::new()),
        Some(Value::String(input)) => Some(vec![input.as_str()]),
        Some(Value::Array(inputs)) => inputs.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let inputs = inputs.ok_or_else(|| bad_request("invalid input type"))?;
    let model = models::find(&full_name).ok_or_else(|| {
        Failure::new(404, format!("model {name:?} not found, try pulling it first"))
    })?;
    check_options(&fields)?;
    let longest = inputs.iter().map(|input| generator::count(input)).max().unwrap_or_default();
    if truncate == Some(false) && longest > u64::from(model.context_length) {
        return Err(bad_request("the input length exceeds the context length"));
    }

    let embed = |input: &&str| generator::embed(input, model.embedding_length.into(), dimensions);
    let embeddings = Some(inputs.iter().map(embed).collect());
    // Each text has a token before it and one after it.
    let tokens = inputs.iter().map(|input| generator::count(input) + 2).sum();
    let statistics = Statistics {
        prompt_eval_count: tokens,
        total_duration: tokens * NANOSECONDS_READ,
        ..Statistics::default()
    };
    let last = Object { model: name.into(), embeddings, statistics, ..Object::default() };
    Ok(Answer::Run(Run { model: model.name, keep_alive, stream: false, parts: Vec::new(), last }))
}

/// The model of this name. `none` is the error if the name is empty.
fn find(name: &str, none: impl FnOnce() -> Failure) -> Result<&'static Model, Failure> {
    models::find(&full_name(name, none)?).ok_or_else(|| not_found(name))
}

/// The error for what a model cannot do or an option cannot be, in the order in which Ollama
/// checks these.
fn check_capabilities(
    fields: &Fields,
    model: &Model,
    verb: &str,
    needs: Option<&str>,
) -> Result<(), Failure> {
    let name = fields.text("model")?;
    if let Some(Value::Bool(true) | Value::String(_)) = fields.value("think") {
        return Err(bad_request(format!("{name:?} does not support thinking")));
    }
    if model.capability != "completion" {
        return Err(bad_request(format!("{name:?} does not support {verb}")));
    }
    if let Some(capability) = needs {
        let name = format!("registry.ollama.ai/library/{}", model.name);
        return Err(bad_request(format!("{name} does not support {capability}")));
    }
    check_options(fields)
}

fn options(fields: &Fields) -> Result<Map<String, Value>, Failure> {
    fields.get("options", "map[string]interface {}")
}

/// Ollama only logs options that it does not know.
fn check_options(fields: &Fields) -> Result<(), Failure> {
    for (name, value) in options(fields)? {
        let wanted = match name.as_str() {
            "num_keep" | "seed" | "num_predict" | "top_k" | "repeat_last_n" | "num_ctx"
            | "num_batch" | "num_gpu" | "main_gpu" | "num_thread" => "integer",
            "top_p" | "min_p" | "typical_p" | "temperature" | "repeat_penalty"
            | "presence_penalty" | "frequency_penalty" => "float32",
            _ => continue,
        };
        if !value.is_number() && !value.is_null() {
            return Err(Failure::new(500, format!("option {name:?} must be of type {wanted}")));
        }
    }
    Ok(())
}
