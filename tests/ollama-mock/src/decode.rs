//! The body of a request, decoded as leniently as Go does it, with the error messages that a
//! client of Ollama is likely to meet.

use serde::Deserialize;
use serde_json::{Deserializer, Map, Value};

use crate::Failure;

/// The fields of a JSON object. Go matches keys in any case, and treats null as absent.
pub(crate) struct Fields {
    /// The name of the Go struct, for messages.
    go_struct: &'static str,
    fields: Map<String, Value>,
}

impl Fields {
    /// Decodes the first JSON value of a body; Go ignores what follows it.
    pub(crate) fn decode(body: &[u8], go_struct: &'static str) -> Result<Self, Failure> {
        let text = String::from_utf8_lossy(body);
        if text.trim().is_empty() {
            return Err(bad_request("missing request body"));
        }
        let value = Value::deserialize(&mut Deserializer::from_str(&text))
            .map_err(|error| bad_request(syntax_error(&text, &error)))?;
        match value {
            Value::Null => Ok(Self::new(Map::new(), go_struct)),
            Value::Object(fields) => Ok(Self::new(fields, go_struct)),
            other => {
                let kind = kind(&other);
                Err(bad_request(format!(
                    "json: cannot unmarshal {kind} into Go value of type api.{go_struct}"
                )))
            }
        }
    }

    pub(crate) fn new(fields: Map<String, Value>, go_struct: &'static str) -> Self {
        let present = fields.into_iter().filter(|(_, value)| !value.is_null());
        let fields = present.map(|(key, value)| (key.to_lowercase(), value)).collect();
        Self { go_struct, fields }
    }

    /// A field as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// A field of this Go type; its default if it is absent.
    pub(crate) fn get<'a, T: Deserialize<'a> + Default>(
        &'a self,
        name: &str,
        go_type: &str,
    ) -> Result<T, Failure> {
        let Some(value) = self.fields.get(name) else { return Ok(T::default()) };
        T::deserialize(value).map_err(|_| {
            let (kind, go_struct) = (kind(value), self.go_struct);
            bad_request(format!(
                "json: cannot unmarshal {kind} into Go struct field {go_struct}.{name} of type \
                 {go_type}"
            ))
        })
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Failure> {
        self.get(name, "string")
    }

    /// The name of the model; `name` is the older field for it.
    pub(crate) fn model(&self) -> Result<String, Failure> {
        let model = self.text("model")?;
        Ok(if model.is_empty() { self.text("name")? } else { model }.to_owned())
    }
}

pub(crate) fn bad_request(message: impl Into<String>) -> Failure {
    Failure::new(400, message)
}

/// Go's message for the two most likely errors of syntax; others get the second one as well.
fn syntax_error(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected EOF".into();
    }
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let byte = line.as_bytes().get(error.column().saturating_sub(1)).copied().unwrap_or(b'\n');
    let context = match error.to_string() {
        message if message.starts_with("key must be a string") => "object key string",
        _ => "value",
    };
    format!("invalid character {:?} looking for beginning of {context}", char::from(byte))
}

/// The name of a value's type in Go's messages.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_have_gos_messages() {
        for (text, message) in [
            ("", "missing request body"),
            ("  \n", "missing request body"),
            ("{nope", "invalid character 'n' looking for beginning of object key string"),
            (
                "{\n \"a\": 1,\n nope}",
                "invalid character 'n' looking for beginning of object key string",
            ),
            ("<html>", "invalid character '<' looking for beginning of value"),
            ("{\"a\": nope}", "invalid character 'o' looking for beginning of value"),
            ("{\"a\"", "unexpected EOF"),
            ("[1]", "json: cannot unmarshal array into Go value of type api.ShowRequest"),
        ] {
            let error = Fields::decode(text.as_bytes(), "ShowRequest").err().unwrap();
            assert_eq!((error.status, error.message.as_str()), (400, message), "{text}");
        }
        let deep = "[".repeat(1_000_000);
        assert!(Fields::decode(deep.as_bytes(), "ShowRequest").is_err());
    }

    #[test]
    fn keys_match_in_any_case_and_the_rest_is_ignored() {
        let body = b" {\"MODEL\": \"x\", \"Raw\": null, \"nope\": [{}]}}} tail \xff";
        let fields = Fields::decode(body, "GenerateRequest").unwrap();
        assert_eq!(fields.text("model").unwrap(), "x");
        assert!(!fields.get::<bool>("raw", "bool").unwrap());
        assert!(Fields::decode(b"null", "GenerateRequest").unwrap().value("model").is_none());
    }
}
