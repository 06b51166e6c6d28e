//! What a request asks for, decoded and checked as Go decodes it into Ollama's structs.

use std::time::Duration;

use axum::body::Bytes;

use crate::go::{self, Json, quote};

/// The routes that take a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Generate,
    Chat,
    Embed,
    Show,
}

/// The type of a field in Go.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Flag,
    Int,
    Ints,
    Images,
    Options,
    Messages,
    Tools,
    KeepAlive,
    Think,
    Any,
}
use Type::{Any, Flag, Images, Int, Ints, KeepAlive, Messages, Options, Text, Think, Tools};

type Fields = &'static [(&'static str, Type)];

const GENERATE: Fields = &[
    ("model", Text),
    ("prompt", Text),
    ("suffix", Text),
    ("system", Text),
    ("template", Text),
    ("context", Ints),
    ("stream", Flag),
    ("raw", Flag),
    ("format", Any),
    ("keep_alive", KeepAlive),
    ("images", Images),
    ("options", Options),
    ("think", Think),
    ("truncate", Flag),
    ("shift", Flag),
    ("logprobs", Flag),
    ("top_logprobs", Int),
];
const CHAT: Fields = &[
    ("model", Text),
    ("messages", Messages),
    ("stream", Flag),
    ("format", Any),
    ("keep_alive", KeepAlive),
    ("tools", Tools),
    ("options", Options),
    ("think", Think),
    ("truncate", Flag),
    ("shift", Flag),
    ("logprobs", Flag),
    ("top_logprobs", Int),
];
const EMBED: Fields = &[
    ("model", Text),
    ("input", Any),
    ("keep_alive", KeepAlive),
    ("truncate", Flag),
    ("dimensions", Int),
    ("options", Options),
];
const SHOW: Fields = &[
    ("model", Text),
    ("system", Text),
    ("template", Text),
    ("verbose", Flag),
    ("options", Options),
    ("name", Text),
];
const MESSAGE: Fields = &[
    ("role", Text),
    ("content", Text),
    ("thinking", Text),
    ("images", Images),
    ("tool_name", Text),
    ("tool_call_id", Text),
];

impl Route {
    fn fields(self) -> Fields {
        match self {
            Route::Generate => GENERATE,
            Route::Chat => CHAT,
            Route::Embed => EMBED,
            Route::Show => SHOW,
        }
    }

    fn go_struct(self) -> &'static str {
        match self {
            Route::Generate => "GenerateRequest",
            Route::Chat => "ChatRequest",
            Route::Embed => "EmbedRequest",
            Route::Show => "ShowRequest",
        }
    }
}

/// A request's fields. One that is absent, or null, has its zero value.
pub(crate) struct Asked(Json);

impl Asked {
    /// The error is the text that Ollama answers, with 400.
    pub(crate) fn read(route: Route, body: &Bytes) -> Result<Self, String> {
        let json = go::read(body)?;
        let place = Place { root: route.go_struct(), path: String::new() };
        match &json {
            // Go leaves the struct as it is.
            Json::Null => {}
            Json::Object(_) => place.fields(route.fields(), &json)?,
            other => {
                let (kind, root) = (other.kind(), route.go_struct());
                return Err(format!(
                    "json: cannot unmarshal {kind} into Go value of type api.{root}"
                ));
            }
        }
        Ok(Self(json))
    }

    /// A field as it is; null is as good as absent.
    pub(crate) fn get(&self, field: &str) -> Option<&Json> {
        self.0.get(field).filter(|value| **value != Json::Null)
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        text(self.get(field))
    }

    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        match self.get(field) {
            Some(Json::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    pub(crate) fn int(&self, field: &str) -> i64 {
        int(self.get(field))
    }

    pub(crate) fn items(&self, field: &str) -> &[Json] {
        match self.get(field) {
            Some(Json::Array(items)) => items,
            _ => &[],
        }
    }

    /// Whether the reply is streamed, which it is if nothing is said.
    pub(crate) fn streams(&self) -> bool {
        self.flag("stream") != Some(false)
    }

    pub(crate) fn thinks(&self) -> bool {
        matches!(self.get("think"), Some(Json::Bool(true) | Json::String(_)))
    }

    /// How long the model is kept: `None` if nothing is said, `Some(None)` for ever.
    pub(crate) fn keep_alive(&self) -> Option<Option<Duration>> {
        // Checked when it was read.
        self.get("keep_alive").map(|value| keep_alive(value).unwrap_or_default())
    }

    /// An option that is a whole number, if it is given.
    pub(crate) fn option(&self, name: &str) -> Option<i64> {
        let options = self.get("options")?;
        options.get(name).map(|value| int(Some(value)))
    }

    /// The text of 500 for the first option of the wrong type.
    pub(crate) fn check_options(&self) -> Result<(), String> {
        let Some(Json::Object(options)) = self.get("options") else { return Ok(()) };
        options.iter().try_for_each(|(name, value)| check_option(name, value))
    }
}

pub(crate) fn text(value: Option<&Json>) -> &str {
    match value {
        Some(Json::String(text)) => text,
        _ => "",
    }
}

pub(crate) fn int(value: Option<&Json>) -> i64 {
    match value {
        // A cast saturates.
        Some(Json::Number(number)) => {
            number.parse().unwrap_or_else(|_| number.parse().unwrap_or(0.0_f64) as i64)
        }
        _ => 0,
    }
}

fn keep_alive(value: &Json) -> Result<Option<Duration>, String> {
    match value {
        Json::Number(number) => Ok(go::seconds(number)),
        Json::String(text) => go::duration(text),
        Json::Bool(_) => Err("Unsupported type: 'bool'".into()),
        Json::Array(_) => Err("Unsupported type: '[]interface {}'".into()),
        Json::Object(_) => Err("Unsupported type: 'map[string]interface {}'".into()),
        Json::Null => Err("Unsupported type: '%!s(<nil>)'".into()),
    }
}

/// Where in a request a value stands.
struct Place {
    root: &'static str,
    path: String,
}

impl Place {
    /// As Go does it: the first error counts, in the order of the document.
    fn fields(&self, fields: Fields, json: &Json) -> Result<(), String> {
        let Json::Object(entries) = json else { return Ok(()) };
        for (key, value) in entries {
            let field = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            // Null leaves a field as it is, whatever its type.
            if let Some((name, r#type)) = field
                && *value != Json::Null
            {
                let dot = if self.path.is_empty() { "" } else { "." };
                let path = format!("{}{dot}{name}", self.path);
                Place { root: self.root, path }.check(*r#type, value)?;
            }
        }
        Ok(())
    }

    fn check(&self, r#type: Type, value: &Json) -> Result<(), String> {
        match (r#type, value) {
            (Any, _)
            | (Text, Json::String(_))
            | (Flag, Json::Bool(_))
            | (Options, Json::Object(_))
            | (Tools, Json::Array(_)) => Ok(()),
            (KeepAlive, value) => keep_alive(value).map(|_| ()),
            (Think, value) => think(value),
            (Int, Json::Number(number)) if number.parse::<i64>().is_ok() => Ok(()),
            (Ints, Json::Array(items)) => items.iter().try_for_each(|item| self.check(Int, item)),
            (Images, Json::Array(items)) => {
                let wrong = items.iter().find(|item| !matches!(item, Json::String(_)));
                wrong.map_or(Ok(()), |item| self.mismatch(item, "api.ImageData"))
            }
            (Messages, Json::Array(items)) => items.iter().try_for_each(|item| match item {
                Json::Object(_) => self.fields(MESSAGE, item),
                Json::Null => Ok(()),
                // Messages are decoded by way of a type of that name.
                item => self.mismatch(item, "api.Alias"),
            }),
            (Text, value) => self.mismatch(value, "string"),
            (Flag, value) => self.mismatch(value, "bool"),
            (Int, value) => self.mismatch(value, "int"),
            (Ints, value) => self.mismatch(value, "[]int"),
            (Images, value) => self.mismatch(value, "[]api.ImageData"),
            (Options, value) => self.mismatch(value, "map[string]interface {}"),
            (Messages, value) => self.mismatch(value, "[]api.Message"),
            (Tools, value) => self.mismatch(value, "api.Tools"),
        }
    }

    fn mismatch(&self, value: &Json, wanted: &str) -> Result<(), String> {
        let kind = match value {
            // Only where a number would do does Go say which.
            Json::Number(number) if wanted == "int" => format!("number {number}"),
            value => value.kind().into(),
        };
        let Self { root, path } = self;
        Err(format!(
            "json: cannot unmarshal {kind} into Go struct field {root}.{path} of type {wanted}"
        ))
    }
}

fn think(value: &Json) -> Result<(), String> {
    let allowed = r#""high", "medium", "low", "max", true, or false"#;
    match value {
        Json::Bool(_) => Ok(()),
        Json::String(text) if ["high", "medium", "low", "max"].contains(&text.as_str()) => Ok(()),
        Json::String(text) => {
            Err(format!("invalid think value: {} (must be {allowed})", quote(text)))
        }
        _ => Err(
            r#"think must be a boolean or string ("high", "medium", "low", "max", true, or false)"#
                .into(),
        ),
    }
}

fn check_option(name: &str, value: &Json) -> Result<(), String> {
    let wanted = match (name, value) {
        (_, Json::Null) => return Ok(()),
        (
            "num_keep" | "seed" | "num_predict" | "top_k" | "repeat_last_n" | "num_ctx"
            | "num_batch" | "num_gpu" | "main_gpu" | "num_thread" | "draft_num_predict",
            value,
        ) => match value {
            Json::Number(_) => return Ok(()),
            _ => "type integer",
        },
        (
            "top_p" | "min_p" | "typical_p" | "temperature" | "repeat_penalty" | "presence_penalty"
            | "frequency_penalty",
            value,
        ) => match value {
            Json::Number(_) => return Ok(()),
            _ => "type float32",
        },
        ("use_mmap", value) => match value {
            Json::Bool(_) => return Ok(()),
            _ => "type boolean",
        },
        ("stop", value) => match value {
            Json::Array(items) if items.iter().all(|item| matches!(item, Json::String(_))) => {
                return Ok(());
            }
            Json::Array(_) => "an array of strings",
            _ => "type array",
        },
        // Ollama only logs what it does not know.
        _ => return Ok(()),
    };
    Err(format!("option {} must be of {wanted}", quote(name)))
}
