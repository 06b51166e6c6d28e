//! The models that the mock has, and their names.

use serde::Serialize;

pub(crate) struct Model {
    /// The full name, with its tag.
    pub(crate) name: &'static str,
    pub(crate) family: &'static str,
    pub(crate) parameter_size: &'static str,
    pub(crate) quantization: &'static str,
    pub(crate) size: u64,
    pub(crate) digest: &'static str,
    pub(crate) modified_at: &'static str,
    pub(crate) context_length: u32,
    pub(crate) embedding_length: u16,
    pub(crate) capability: &'static str,
    pub(crate) template: &'static str,
}

/// Newest first, as Ollama lists them.
pub(crate) const MODELS: [Model; 2] = [
    Model {
        name: "llama3.2:latest",
        family: "llama",
        parameter_size: "120K",
        quantization: "F32",
        size: 487_699,
        digest: "9f2c1d7be04a58c36ab1e7f50d42938c7e61fa0b5d8c24e39710b6af8d53c42e",
        modified_at: "2026-11-23T23:23:18.472999191Z",
        context_length: 2048,
        embedding_length: 64,
        capability: "completion",
        template: "{{ if .System }}{{ .System }}\n{{ end }}{{ .Prompt }}",
    },
    Model {
        name: "all-minilm:latest",
        family: "bert",
        parameter_size: "23M",
        quantization: "F16",
        size: 45_960_996,
        digest: "1b226e2802dbb772b5fc32a58f103ca1804ef7501331012de126ab22f67475ef",
        modified_at: "2026-11-22T08:05:41.093117250Z",
        context_length: 512,
        embedding_length: 384,
        capability: "embedding",
        template: "{{ .Prompt }}",
    },
];

/// A model's details in the replies to tags, ps and show.
#[derive(Serialize)]
pub(crate) struct Details {
    parent_model: &'static str,
    format: &'static str,
    family: &'static str,
    families: [&'static str; 1],
    parameter_size: &'static str,
    quantization_level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding_length: Option<u16>,
}

impl Model {
    /// Only the reply to tags contains the lengths.
    pub(crate) fn details(&self, lengths: bool) -> Details {
        Details {
            parent_model: "",
            format: "gguf",
            family: self.family,
            families: [self.family],
            parameter_size: self.parameter_size,
            quantization_level: self.quantization,
            context_length: lengths.then_some(self.context_length),
            embedding_length: lengths.then_some(self.embedding_length),
        }
    }
}

/// The model of this full name, such as `llama3.2:latest`. Case does not matter.
pub(crate) fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name.eq_ignore_ascii_case(name))
}

/// The full name for a name of the form `[[host/]namespace/]model[:tag]`: with a tag, and without
/// the default host and namespace. `None` if the name is not valid.
pub(crate) fn full_name(name: &str) -> Option<String> {
    let name = name.split_once("://").map_or(name, |(_, name)| name);
    let (path, tag) = match name.rsplit_once(':') {
        // A colon before the last slash belongs to the host's port.
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (name, "latest"),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let (host, names) = parts.split_at(parts.len().saturating_sub(2));
    let valid = match host {
        [] => true,
        [host] => is_valid(&host.replace(':', "")),
        _ => false,
    };
    let valid = valid && names.iter().chain([&tag]).all(|part| is_valid(part));
    let path = path.strip_prefix("registry.ollama.ai/").unwrap_or(path);
    let path = path.strip_prefix("library/").unwrap_or(path);
    valid.then(|| format!("{path}:{tag}"))
}

fn is_valid(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    part.starts_with(is_word) && part.chars().all(|c| is_word(c) || c == '-' || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_or_refused() {
        for (name, full) in [
            ("x", "x:latest"),
            ("X:y", "X:y"),
            ("library/x", "x:latest"),
            ("registry.ollama.ai/library/x:1", "x:1"),
            ("me/x", "me/x:latest"),
            ("http://localhost:80/me/x", "localhost:80/me/x:latest"),
        ] {
            assert_eq!(full_name(name).as_deref(), Some(full));
        }
        for bad in ["", " ", "a b", "x:", ":x", "/x", "x/", "-x", "a/b/c/d", "x:y:z", "ü"] {
            assert_eq!(full_name(bad), None, "{bad}");
        }
    }
}
