//! The texts and vectors of the mock's models: always the same for the same input.

use serde_json::{Value, json};

/// The answer to a prompt, token by token, and whether the limit has cut it short.
pub(crate) fn complete(
    prompt: &str,
    format: Option<&Value>,
    limit: Option<i64>,
) -> (Vec<String>, bool) {
    let mut random = Random::seeded_by(prompt);
    let mut tokens = match format {
        None => sentence(&mut random),
        Some(schema) => split(&instance(schema, &mut random).to_string()),
    };
    // Zero and negative limits mean none.
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

/// Cuts JSON into tokens.
fn split(text: &str) -> Vec<String> {
    text.split_inclusive([' ', ',', ':', '{', '}', '[', ']']).map(str::to_owned).collect()
}

/// A value that matches a JSON schema, as far as types and enums go. For the format `"json"`, an
/// object with an answer.
fn instance(schema: &Value, random: &mut Random) -> Value {
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed.first().cloned().unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("string") => random.word().into(),
        Some("integer") => random.below(100).into(),
        Some("number") => (random.below(100) as f64 / 4.0).into(),
        Some("boolean") => (random.below(2) == 1).into(),
        Some("null") => Value::Null,
        Some("array") => json!([instance(&schema["items"], random)]),
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties.map(|(name, schema)| (name.clone(), instance(schema, random))).collect()
        }
        _ => json!({"answer": sentence(random).concat()}),
    }
}

/// The number of tokens of a text: in this mock, its words.
pub(crate) fn count(text: &str) -> u64 {
    u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX)
}

/// The tokens' numbers, for `context`.
pub(crate) fn tokens<'a>(words: impl Iterator<Item = &'a str>) -> impl Iterator<Item = i64> {
    words.map(|word| i64::from(hash(word) as u16))
}

/// A unit vector for a text. Texts with words in common have similar vectors. `dimensions` is the
/// length to cut it to, or 0.
pub(crate) fn embed(text: &str, length: usize, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0; length];
    let words = text.split_whitespace().map(|word| (word.to_lowercase(), 1.0));
    for (word, weight) in words.chain([(text.to_owned(), 0.25)]) {
        let mut random = Random::seeded_by(&word);
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

/// SplitMix64, seeded by a text. Not from a dependency, since with another generator in its next
/// version all texts would change.
struct Random(u64);

impl Random {
    fn seeded_by(text: &str) -> Self {
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
    fn vectors_have_unit_length_and_are_similar_for_similar_texts() {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let [sea, tide, lock] =
            ["the sea is wide", "the tide is wide", "a mutex"].map(|text| embed(text, 384, 0));
        assert!((dot(&sea, &sea) - 1.0).abs() < 1e-5);
        assert!(dot(&sea, &tide) > dot(&sea, &lock));
        assert_eq!(embed("", 384, 10).len(), 10);
    }
}
