//! What Ollama is asked, and what it answers.
//!
//! A request leaves out what is not set, and Ollama uses its defaults. In an answer Ollama leaves
//! out what is zero or empty, so everything may be absent; fields that are not here are ignored.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A prompt to be completed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GenerateRequest {
    /// The model's name; without a tag it is the one tagged `latest`.
    pub model: String,
    /// The text to go on from. If it is empty, the model is only loaded.
    pub prompt: String,
    /// What comes after the answer, for models that fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Instead of the model's own system message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Instead of the model's own template, in Go's syntax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The `context` of an earlier answer, to go on from that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<i64>,
    /// The prompt goes to the model as it is, without template and system message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<bool>,
    /// Pictures, in base64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// The form of the answer: the string `json`, or a JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// How long the model stays loaded, as Go writes durations: `5m`, `0s` to unload it, `-1s` for
    /// ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<String>,
    /// Whether a model that can think first does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<bool>,
    /// How the text is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

impl GenerateRequest {
    /// This prompt for this model, and the defaults for everything else.
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self { model: model.into(), prompt: prompt.into(), ..Self::default() }
    }
}

/// A conversation to be continued.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// The model's name; without a tag it is the one tagged `latest`.
    pub model: String,
    /// What was said so far. If there is nothing, the model is only loaded.
    pub messages: Vec<Message>,
    /// Functions that the model may ask to be called, in the form of Ollama's documentation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Value>,
    /// The form of the answer: the string `json`, or a JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// How long the model stays loaded, as Go writes durations: `5m`, `0s` to unload it, `-1s` for
    /// ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<String>,
    /// Whether a model that can think first does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<bool>,
    /// How the text is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

impl ChatRequest {
    /// These messages for this model, and the defaults for everything else.
    pub fn new(model: impl Into<String>, messages: Vec<Message>) -> Self {
        Self { model: model.into(), messages, ..Self::default() }
    }
}

/// How text is chosen. What is `None` or empty is as the model has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Options {
    /// How far from the likeliest token the choice may go; 0 is the likeliest always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// The same seed, with the same prompt, gives the same text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Choose among so many of the likeliest tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Choose among the likeliest tokens that have this probability together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// How many tokens the answer has at most; negative for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_predict: Option<i32>,
    /// How many tokens the model looks back on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctx: Option<u32>,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sets the scene.
    System,
    /// Asks.
    #[default]
    User,
    /// The model.
    Assistant,
    /// What a function gave that the model had asked for.
    Tool,
}

/// A message of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// What a model thought before it said so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// Pictures, in base64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// The functions that the model asks to be called, in the form of Ollama's documentation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Value>,
    /// The function that gave this, in a message of [`Role::Tool`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tool_name: String,
}

impl Message {
    /// A message of words alone.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), ..Self::default() }
    }
}

/// An answer to a [`GenerateRequest`]: whole, or one part of a stream.
///
/// The statistics are in the last part of a stream alone. Ollama leaves out those that are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GenerateResponse {
    /// The model's name, as it was asked for.
    pub model: String,
    /// When this was made, as RFC 3339 writes it.
    pub created_at: String,
    /// The text, or its next piece.
    pub response: String,
    /// What the model thought, or the next piece of that.
    pub thinking: String,
    /// Whether this completes the answer.
    pub done: bool,
    /// Why it ended: `stop`, or `length` where the answer had to be cut short; `load` and `unload`
    /// for an empty prompt.
    pub done_reason: Option<String>,
    /// What to send along to go on from here.
    pub context: Vec<i64>,
    /// From the request's arrival to the end. It includes waiting for other requests.
    #[serde(deserialize_with = "nanoseconds")]
    pub total_duration: Duration,
    /// For loading the model.
    #[serde(deserialize_with = "nanoseconds")]
    pub load_duration: Duration,
    /// Tokens in the prompt.
    pub prompt_eval_count: u64,
    /// For reading the prompt.
    #[serde(deserialize_with = "nanoseconds")]
    pub prompt_eval_duration: Duration,
    /// Tokens in the answer.
    pub eval_count: u64,
    /// For writing the answer.
    #[serde(deserialize_with = "nanoseconds")]
    pub eval_duration: Duration,
}

/// An answer to a [`ChatRequest`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ChatResponse {
    /// The model's name, as it was asked for.
    pub model: String,
    /// When this was made, as RFC 3339 writes it.
    pub created_at: String,
    /// What the model says.
    pub message: Message,
    /// Whether this completes the answer.
    pub done: bool,
    /// Why it ended: `stop`, or `length` where the answer had to be cut short; `load` and `unload`
    /// for no messages.
    pub done_reason: Option<String>,
    /// From the request's arrival to the end. It includes waiting for other requests.
    #[serde(deserialize_with = "nanoseconds")]
    pub total_duration: Duration,
    /// For loading the model.
    #[serde(deserialize_with = "nanoseconds")]
    pub load_duration: Duration,
    /// Tokens in the conversation.
    pub prompt_eval_count: u64,
    /// For reading the conversation.
    #[serde(deserialize_with = "nanoseconds")]
    pub prompt_eval_duration: Duration,
    /// Tokens in the answer.
    pub eval_count: u64,
    /// For writing the answer.
    #[serde(deserialize_with = "nanoseconds")]
    pub eval_duration: Duration,
}

/// A model that the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Its name, with the tag.
    pub name: String,
    /// The same, for requests.
    pub model: String,
    /// When it was last changed, as RFC 3339 writes it.
    pub modified_at: String,
    /// In bytes.
    pub size: u64,
    /// SHA-256 of its manifest, in hexadecimal.
    pub digest: String,
    /// What kind of model it is.
    pub details: ModelDetails,
    /// What it can do, such as `completion` and `tools`.
    pub capabilities: Vec<String>,
}

/// What kind of model a [`Model`] is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelDetails {
    /// The model that it was made from, or empty.
    pub parent_model: String,
    /// The format of its file, such as `gguf`.
    pub format: String,
    /// Its architecture, such as `llama`.
    pub family: String,
    /// The architectures of its parts. Some models have `null` here.
    pub families: Option<Vec<String>>,
    /// How many parameters it has, such as `3.2B`.
    pub parameter_size: String,
    /// How its weights are stored, such as `Q4_K_M`.
    pub quantization_level: String,
    /// In tokens; 0 if Ollama does not say.
    pub context_length: u64,
    /// Numbers in an embedding; 0 if Ollama does not say.
    pub embedding_length: u64,
}

fn nanoseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_set_is_not_sent() {
        let request = GenerateRequest::new("llama3.2", "Why?");
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"model": "llama3.2", "prompt": "Why?"})
        );

        let request = GenerateRequest {
            options: Some(Options { temperature: Some(0.7), seed: Some(42), ..Options::default() }),
            format: Some(json!("json")),
            keep_alive: Some("5m".to_owned()),
            ..request
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            concat!(
                r#"{"model":"llama3.2","prompt":"Why?","format":"json","keep_alive":"5m","#,
                r#""options":{"temperature":0.7,"seed":42}}"#
            )
        );

        let request = ChatRequest::new("llama3.2", vec![Message::new(Role::User, "Why?")]);
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"model": "llama3.2", "messages": [{"role": "user", "content": "Why?"}]})
        );
    }

    #[test]
    fn an_answer_without_statistics_is_an_answer() {
        let answer: GenerateResponse =
            serde_json::from_str(r#"{"response":" is","news":[1],"done":false}"#).unwrap();
        assert_eq!(
            answer,
            GenerateResponse { response: " is".to_owned(), ..GenerateResponse::default() }
        );
    }

    #[test]
    fn durations_are_nanoseconds() {
        let answer: GenerateResponse =
            serde_json::from_str(r#"{"done":true,"total_duration":278867901,"eval_count":6}"#)
                .unwrap();
        assert_eq!(answer.total_duration, Duration::from_nanos(278_867_901));
        assert_eq!((answer.load_duration, answer.eval_count), (Duration::ZERO, 6));
    }

    #[test]
    fn a_model_may_have_no_families() {
        let model: Model =
            serde_json::from_str(r#"{"name":"x:latest","details":{"families":null}}"#).unwrap();
        assert_eq!(model.details.families, None);
    }
}
