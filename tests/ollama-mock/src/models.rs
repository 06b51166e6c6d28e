//! The models that the mock has, and what they say: always the same for the same prompt.

use serde::{Deserialize, Serialize};

use crate::asked::text;
use crate::go::Json;

pub(crate) struct Model {
    /// With its tag, as Ollama lists it.
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

/// The newest first, as they are listed.
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

/// The model of this name. Case does not matter.
pub(crate) fn find(name: &Name) -> Option<&'static Model> {
    let key = name.shortest().to_lowercase();
    MODELS.iter().find(|model| model.name == key)
}

/// A model's name as Ollama takes it apart: `[[host/]namespace/]model[:tag]`.
pub(crate) struct Name {
    host: String,
    namespace: String,
    model: String,
    tag: String,
}

const HOST: &str = "registry.ollama.ai";
const NAMESPACE: &str = "library";

impl Name {
    /// None if it is not a valid one.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (path, tag) = match name.rsplit_once(':') {
            // A colon before the last slash belongs to a host's port.
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (name, "latest"),
        };
        let mut parts = path.rsplitn(3, '/');
        let model = parts.next().unwrap_or_default();
        let namespace = parts.next().unwrap_or(NAMESPACE);
        let host = parts.next().unwrap_or(HOST);
        let host = host.split_once("://").map_or(host, |(_, host)| host);
        let valid = valid(host, 350, ".:")
            && valid(namespace, 80, "")
            && valid(model, 80, ".")
            && valid(tag, 80, ".");
        valid.then(|| Self {
            host: host.into(),
            namespace: namespace.into(),
            model: model.into(),
            tag: tag.into(),
        })
    }

    /// With its tag, and without what goes without saying.
    pub(crate) fn shortest(&self) -> String {
        let Self { host, namespace, model, tag } = self;
        let here = host.eq_ignore_ascii_case(HOST);
        if !here {
            format!("{host}/{namespace}/{model}:{tag}")
        } else if !namespace.eq_ignore_ascii_case(NAMESPACE) {
            format!("{namespace}/{model}:{tag}")
        } else {
            format!("{model}:{tag}")
        }
    }
}

fn valid(part: &str, longest: usize, besides: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    part.len() <= longest
        && part.starts_with(word)
        && part.chars().all(|c| word(c) || c == '-' || besides.contains(c))
}

/// A model's details, as tags, ps and show have them.
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
    /// Only the list has the lengths.
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

/// One object of a reply, for generate, chat and embed alike: what does not belong is
/// left out. Whole numbers of nanoseconds are durations; zero ones are left out too.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Message>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings: Option<Vec<Vec<f32>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) done_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) context: Vec<i64>,
    #[serde(flatten)]
    pub(crate) statistics: Statistics,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) role: String,
    pub(crate) content: String,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Statistics {
    #[serde(default, skip_serializing_if = "zero")]
    pub(crate) total_duration: u64,
    #[serde(default, skip_serializing_if = "zero")]
    pub(crate) load_duration: u64,
    #[serde(default, skip_serializing_if = "zero")]
    pub(crate) prompt_eval_count: u64,
    #[serde(default, skip_serializing_if = "zero")]
    pub(crate) prompt_eval_duration: u64,
    #[serde(default, skip_serializing_if = "zero")]
    pub(crate) eval_count: u64,
    #[serde(default, skip_serializing_if = "zero")]
    pub(crate) eval_duration: u64,
}

/// As serde asks it.
fn zero(number: &u64) -> bool {
    *number == 0
}

/// What a model says, token by token, and why it stopped.
pub(crate) fn say(prompt: &str, format: Option<&Json>, limit: Option<i64>) -> (Vec<String>, bool) {
    let mut random = Random::of(prompt);
    let mut tokens = match format {
        None => sentence(&mut random),
        Some(schema) => split(&instance(schema, &mut random, 0).to_string()),
    };
    // Zero and negative limits are none.
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
    let cut = limit.is_some_and(|limit| limit < tokens.len());
    tokens.truncate(limit.unwrap_or(usize::MAX));
    (tokens, cut)
}

/// Five to twelve words, and a full stop.
fn sentence(random: &mut Random) -> Vec<String> {
    let count = 5 + random.below(8);
    let mut tokens: Vec<String> = (0..count).map(|_| format!(" {}", random.word())).collect();
    let first = tokens[0].trim_start();
    let (initial, rest) = first.split_at(1);
    tokens[0] = initial.to_uppercase() + rest;
    tokens.push(".".into());
    tokens
}

/// JSON in pieces that a stream can carry.
fn split(text: &str) -> Vec<String> {
    text.split_inclusive([' ', ',', ':', '{', '}', '[', ']']).map(str::to_owned).collect()
}

/// Something that a schema allows, as far as its types and enums go; for `"json"`, an
/// object with an answer.
fn instance(schema: &Json, random: &mut Random, depth: usize) -> serde_json::Value {
    use serde_json::Value;
    // A schema that nests without end is no harm.
    if depth > 8 {
        return Value::Null;
    }
    if let Some(Json::Array(allowed)) = schema.get("enum") {
        return allowed.first().map_or(Value::Null, |value| Value::from(text(Some(value))));
    }
    match text(schema.get("type")) {
        "string" => Value::from(random.word()),
        "integer" => Value::from(random.below(100)),
        "number" => Value::from(f64::from(u8::try_from(random.below(100)).unwrap_or(0)) / 4.0),
        "boolean" => Value::from(random.below(2) == 1),
        "null" => Value::Null,
        "array" => {
            let items = schema.get("items").unwrap_or(&Json::Null);
            Value::Array(vec![instance(items, random, depth + 1)])
        }
        "object" => {
            let Some(Json::Object(properties)) = schema.get("properties") else {
                return Value::Object(serde_json::Map::new());
            };
            let fields = properties
                .iter()
                .map(|(name, property)| (name.clone(), instance(property, random, depth + 1)));
            fields.collect()
        }
        _ => {
            let said = sentence(random).concat();
            [("answer".to_owned(), Value::from(said))].into_iter().collect()
        }
    }
}

/// How many tokens a text has: words, in this model.
pub(crate) fn count(text: &str) -> u64 {
    u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX)
}

/// The tokens of a text, as `context` has them.
pub(crate) fn tokens<'a>(words: impl Iterator<Item = &'a str>) -> impl Iterator<Item = i64> {
    words.map(|word| i64::from(hash(word) as u16))
}

/// A unit vector. Texts that share words point the same way, more or less.
pub(crate) fn embed(text: &str, length: usize, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0; length];
    let words = text.split_whitespace().map(|word| (word.to_lowercase(), 1.0));
    for (word, weight) in words.chain([(text.to_owned(), 0.25)]) {
        let mut random = Random::of(&word);
        for component in &mut vector {
            *component += weight * random.signed();
        }
    }
    if dimensions > 0 {
        vector.truncate(dimensions);
    }
    let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    vector.iter().map(|x| (x / norm) as f32).collect()
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// SplitMix64, seeded by a text: not a dependency's, whose numbers the next version may
/// change, and with them every text that a test has written down.
struct Random(u64);

impl Random {
    fn of(text: &str) -> Self {
        Self(hash(text))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    /// From -1 to 1.
    fn signed(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }
}

const WORDS: [&str; 64] = [
    "a", "the", "every", "one", "some", "two", "this", "no", "task", "thread", "future", "worker",
    "lock", "channel", "permit", "queue", "waker", "signal", "message", "slot", "request", "reply",
    "llama", "harbour", "lantern", "river", "tide", "weaver", "loom", "shuttle", "waits", "wakes",
    "runs", "holds", "sends", "takes", "gives", "drops", "yields", "joins", "leaves", "returns",
    "quietly", "quickly", "again", "never", "always", "together", "alone", "first", "last", "soon",
    "before", "after", "between", "under", "without", "within", "and", "or", "but", "while",
    "until", "then",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_ollama_does() {
        for (name, shortest) in [
            ("x", "x:latest"),
            ("X:y", "X:y"),
            ("library/x", "x:latest"),
            ("registry.ollama.ai/library/x:1", "x:1"),
            ("me/x", "me/x:latest"),
            ("http://localhost:80/me/x", "localhost:80/me/x:latest"),
        ] {
            assert_eq!(Name::parse(name).map(|name| name.shortest()).as_deref(), Some(shortest));
        }
        for bad in ["", " ", "a b", "x:", ":x", "/x", "x/", "-x", "a/b/c/d", "x:y:z", "m.e/x", "ü"]
        {
            assert!(Name::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn vectors_are_of_unit_length_and_alike_for_like_texts() {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let [sea, tide, lock] =
            ["the sea is wide", "the tide is wide", "a mutex"].map(|text| embed(text, 384, 0));
        assert!((dot(&sea, &sea) - 1.0).abs() < 1e-5);
        assert!(dot(&sea, &tide) > dot(&sea, &lock));
        assert_eq!(embed("", 384, 10).len(), 10);
    }
}
