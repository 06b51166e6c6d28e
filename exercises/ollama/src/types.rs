//! The JSON of requests and replies.
//!
//! A request leaves out the fields that are not set, for which Ollama uses its defaults. In replies
//! Ollama leaves out fields that are zero or empty, so every field may be absent. Unknown fields are
//! ignored.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A prompt to be completed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GenerateRequest {
    /// The model's name; without a tag it is the one tagged `latest`.
    pub model: String,
    /// The text to complete. If it is empty, the model is only loaded.
    pub prompt: String,
    /// The text after the answer, for models that can fill a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Replaces the model's system message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Replaces the model's template, in Go's syntax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The `context` of an earlier answer, to continue from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<i64>,
    /// Whether the model gets the prompt as it is, without template and system message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<bool>,
    /// Images, in base64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// The format of the answer: the string `json`, or a JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// How long the model stays loaded, as Go writes durations: `5m`, `0s` to unload it, `-1s` for
    /// ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<String>,
    /// Whether the model is to think first, if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<bool>,
    /// How the model generates text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

impl GenerateRequest {
    /// A request with this model and prompt, and defaults for everything else.
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self { model: model.into(), prompt: prompt.into(), ..Self::default() }
    }
}

/// A conversation to be continued by the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// The model's name; without a tag it is the one tagged `latest`.
    pub model: String,
    /// The messages so far. If there are none, the model is only loaded.
    pub messages: Vec<Message>,
    /// Functions that the model may call, as Ollama's documentation describes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Value>,
    /// The format of the answer: the string `json`, or a JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// How long the model stays loaded, as Go writes durations: `5m`, `0s` to unload it, `-1s` for
    /// ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<String>,
    /// Whether the model is to think first, if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<bool>,
    /// How the model generates text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

impl ChatRequest {
    /// A request with this model and these messages, and defaults for everything else.
    pub fn new(model: impl Into<String>, messages: Vec<Message>) -> Self {
        Self { model: model.into(), messages, ..Self::default() }
    }
}

/// How the model generates text. For fields that are `None` or empty, the model's own setting
/// applies.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Options {
    /// How random the choice of tokens is; with 0 it is always the most likely one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// With the same seed, the same prompt gives the same text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// How many of the most likely tokens to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// The total probability of the most likely tokens to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// The most tokens that the answer may have; negative for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_predict: Option<i32>,
    /// The size of the context, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctx: Option<u32>,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

/// The author of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions for the model.
    System,
    /// The user.
    #[default]
    User,
    /// The model.
    Assistant,
    /// The result of a function that the model has called.
    Tool,
}

/// A message of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// The author.
    pub role: Role,
    /// The text.
    pub content: String,
    /// What the model thought before it answered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// Images, in base64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// The functions that the model wants to call, as Ollama's documentation describes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Value>,
    /// The function that this is the result of, in a message of [`Role::Tool`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tool_name: String,
}

impl Message {
    /// A message that consists of text only.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), ..Self::default() }
    }
}

/// The answer to a [`GenerateRequest`], or a part of it in a stream.
///
/// In a stream, only the last part has statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GenerateResponse {
    /// The model's name, as in the request.
    pub model: String,
    /// When this was generated, in the format of RFC 3339.
    pub created_at: String,
    /// The text, or its next piece.
    pub response: String,
    /// What the model thought, or the next piece of it.
    pub thinking: String,
    /// Whether the answer is complete with this.
    pub done: bool,
    /// Why the answer ended: `stop`, or `length` if it reached the limit; `load` or `unload` if the
    /// prompt was empty.
    pub done_reason: Option<String>,
    /// To be sent with the next request, to continue from this answer.
    pub context: Vec<i64>,
    /// The time from the request's arrival to the end, including the wait for other requests.
    #[serde(deserialize_with = "nanoseconds")]
    pub total_duration: Duration,
    /// The time to load the model.
    #[serde(deserialize_with = "nanoseconds")]
    pub load_duration: Duration,
    /// The number of tokens in the prompt.
    pub prompt_eval_count: u64,
    /// The time to read the prompt.
    #[serde(deserialize_with = "nanoseconds")]
    pub prompt_eval_duration: Duration,
    /// The number of tokens in the answer.
    pub eval_count: u64,
    /// The time to generate the answer.
    #[serde(deserialize_with = "nanoseconds")]
    pub eval_duration: Duration,
}

/// The answer to a [`ChatRequest`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ChatResponse {
    /// The model's name, as in the request.
    pub model: String,
    /// When this was generated, in the format of RFC 3339.
    pub created_at: String,
    /// The model's message.
    pub message: Message,
    /// Whether the answer is complete with this.
    pub done: bool,
    /// Why the answer ended: `stop`, or `length` if it reached the limit; `load` or `unload` if
    /// there were no messages.
    pub done_reason: Option<String>,
    /// The time from the request's arrival to the end, including the wait for other requests.
    #[serde(deserialize_with = "nanoseconds")]
    pub total_duration: Duration,
    /// The time to load the model.
    #[serde(deserialize_with = "nanoseconds")]
    pub load_duration: Duration,
    /// The number of tokens in the conversation.
    pub prompt_eval_count: u64,
    /// The time to read the conversation.
    #[serde(deserialize_with = "nanoseconds")]
    pub prompt_eval_duration: Duration,
    /// The number of tokens in the answer.
    pub eval_count: u64,
    /// The time to generate the answer.
    #[serde(deserialize_with = "nanoseconds")]
    pub eval_duration: Duration,
}

/// A model that the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Model {
    /// The name with its tag.
    pub name: String,
    /// The same name, for use in requests.
    pub model: String,
    /// When the model was last changed, in the format of RFC 3339.
    pub modified_at: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 of the model's manifest, in hexadecimal.
    pub digest: String,
    /// What kind of model it is.
    pub details: ModelDetails,
    /// What the model can do, such as `completion` and `tools`.
    pub capabilities: Vec<String>,
}

/// What kind of model a [`Model`] is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelDetails {
    /// The model that this one is based on; empty if there is none.
    pub parent_model: String,
    /// The format of the model's file, such as `gguf`.
    pub format: String,
    /// The architecture, such as `llama`.
    pub family: String,
    /// The architectures of the model's parts. Ollama sends `null` for some models.
    pub families: Option<Vec<String>>,
    /// The number of parameters, such as `3.2B`.
    pub parameter_size: String,
    /// How the weights are stored, such as `Q4_K_M`.
    pub quantization_level: String,
    /// The longest context, in tokens; 0 if Ollama does not tell.
    pub context_length: u64,
    /// The number of dimensions of an embedding; 0 if Ollama does not tell.
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
    fn fields_that_are_not_set_are_left_out() {
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
    fn every_field_of_an_answer_may_be_absent() {
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
    fn families_may_be_null() {
        let model: Model =
            serde_json::from_str(r#"{"name":"x:latest","details":{"families":null}}"#).unwrap();
        assert_eq!(model.details.families, None);
    }
}
