//! JSON and durations as Go's standard library reads them, with its errors word for word.
//!
//! serde_json would not do: the errors are part of what a client of Ollama sees, and so
//! is what Go lets pass (keys in any case, whatever follows the first value, half a
//! surrogate pair). This reader has no recursion, so no request can overflow the stack.

use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    /// In the order of the document.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What Go's errors call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// The last value under this key, as Go would have it: a key in another case will do.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        let Json::Object(entries) = self else { return None };
        let found = entries.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value)
    }
}

/// Where Go gives up.
const MAX_DEPTH: usize = 10_000;
/// What lies deeper is read but not kept: nothing that the mock looks at does, and a
/// value's destructor is recursive.
const KEPT_DEPTH: usize = 100;

/// Reads the first value of `bytes`, as `json.Decoder` does.
pub(crate) fn read(bytes: &[u8]) -> Result<Json, String> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.peek().is_none() {
        return Err("missing request body".into());
    }
    reader.value()
}

/// A container that has begun.
enum Open {
    Array(Vec<Json>),
    Object(Vec<(String, Json)>, String),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn next_token(&mut self) -> Result<u8, String> {
        self.peek().ok_or_else(eof)
    }

    /// The error that names the byte here, or the end if there is none.
    fn wrong<T>(&self, context: &str) -> Result<T, String> {
        let Some(&byte) = self.bytes.get(self.at) else { return Err(eof()) };
        Err(format!("invalid character {} {context}", quoted(byte)))
    }

    fn value(&mut self) -> Result<Json, String> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.next_token()? {
                b'{' => {
                    self.at += 1;
                    if self.next_token()? == b'}' {
                        self.at += 1;
                        Json::Object(Vec::new())
                    } else {
                        let key = self.key()?;
                        self.begin(&mut open, Open::Object(Vec::new(), key))?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.next_token()? == b']' {
                        self.at += 1;
                        Json::Array(Vec::new())
                    } else {
                        self.begin(&mut open, Open::Array(Vec::new()))?;
                        continue;
                    }
                }
                b'"' => Json::String(self.string()?),
                b'-' | b'0'..=b'9' => Json::Number(self.number()?),
                b't' => self.literal("true", Json::Bool(true))?,
                b'f' => self.literal("false", Json::Bool(false))?,
                b'n' => self.literal("null", Json::Null)?,
                _ => return self.wrong("looking for beginning of value"),
            };
            // One value is complete; with it, all the containers that end here.
            loop {
                let depth = open.len();
                let Some(container) = open.last_mut() else { return Ok(value) };
                let next = self.next_token()?;
                match container {
                    Open::Array(items) => {
                        keep(items, value, depth);
                        match next {
                            b',' => {
                                self.at += 1;
                                break;
                            }
                            b']' => value = Json::Array(std::mem::take(items)),
                            _ => return self.wrong("after array element"),
                        }
                    }
                    Open::Object(entries, key) => {
                        keep(entries, (std::mem::take(key), value), depth);
                        match next {
                            b',' => {
                                self.at += 1;
                                *key = self.key()?;
                                break;
                            }
                            b'}' => value = Json::Object(std::mem::take(entries)),
                            _ => return self.wrong("after object key:value pair"),
                        }
                    }
                }
                self.at += 1;
                open.pop();
            }
        }
    }

    fn begin(&self, open: &mut Vec<Open>, container: Open) -> Result<(), String> {
        open.push(container);
        if open.len() > MAX_DEPTH { Err("exceeded max depth".into()) } else { Ok(()) }
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<String, String> {
        if self.next_token()? != b'"' {
            return self.wrong("looking for beginning of object key string");
        }
        let key = self.string()?;
        if self.next_token()? != b':' {
            return self.wrong("after object key");
        }
        self.at += 1;
        Ok(key)
    }

    fn literal(&mut self, literal: &str, value: Json) -> Result<Json, String> {
        for expected in literal.bytes() {
            if self.bytes.get(self.at) != Some(&expected) {
                let expected = char::from(expected);
                return self.wrong(&format!("in literal {literal} (expecting '{expected}')"));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<String, String> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.wrong("in numeric literal"),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !self.digit() {
                return self.wrong("after decimal point in numeric literal");
            }
            self.digits();
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            if !self.digit() {
                return self.wrong("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned())
    }

    fn digit(&self) -> bool {
        self.bytes.get(self.at).is_some_and(u8::is_ascii_digit)
    }

    fn digits(&mut self) {
        while self.digit() {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let Some(&byte) = self.bytes.get(self.at) else { return Err(eof()) };
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(String::from_utf8_lossy(&text).into_owned());
                }
                b'\\' => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    text.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                }
                ..0x20 => return self.wrong("in string literal"),
                _ => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let escaped = match self.bytes.get(self.at) {
            Some(&same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return self.wrong("in string escape code"),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// What follows `\u`. Half a surrogate pair becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, String> {
        let unit = self.hex()?;
        if let 0xd800..0xdc00 = unit
            && self.bytes[self.at..].starts_with(br"\u")
        {
            let back = self.at;
            self.at += 2;
            let low = self.hex()?;
            if let Some(Ok(pair)) = char::decode_utf16([unit, low]).next() {
                return Ok(pair);
            }
            self.at = back;
        }
        Ok(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u16, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.bytes.get(self.at).and_then(|&byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.wrong(r"in \u hexadecimal character escape");
            };
            unit = unit * 16 + u16::try_from(digit).unwrap_or_default();
            self.at += 1;
        }
        Ok(unit)
    }
}

fn eof() -> String {
    "unexpected EOF".into()
}

fn keep<T>(into: &mut Vec<T>, value: T, depth: usize) {
    if depth <= KEPT_DEPTH {
        into.push(value);
    }
}

/// A byte as `encoding/json` quotes it: as if it were a code point.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => r#"'"'"#.into(),
        b'\\' => r"'\\'".into(),
        0x07 => r"'\a'".into(),
        0x08 => r"'\b'".into(),
        b'\t' => r"'\t'".into(),
        b'\n' => r"'\n'".into(),
        0x0b => r"'\v'".into(),
        0x0c => r"'\f'".into(),
        b'\r' => r"'\r'".into(),
        ..0x20 | 0x7f => format!(r"'\x{byte:02x}'"),
        // No-break space, soft hyphen and the second block of controls do not print.
        0x80..=0xa0 | 0xad => format!(r"'\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

/// The longest duration of Go: 2^63 - 1 nanoseconds.
const MAX: u64 = i64::MAX.unsigned_abs();

/// Reads a duration as `time.ParseDuration` does; `None` is a negative one.
pub(crate) fn duration(text: &str) -> Result<Option<Duration>, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(Some(Duration::ZERO));
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_f64;
    while !rest.is_empty() {
        let number = rest.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(number);
        // "." alone, and "1.2.3", are no numbers.
        let value: f64 = digits.parse().map_err(|_| invalid())?;
        let unit_ends = after.find(|c: char| c == '.' || c.is_ascii_digit());
        let (unit, after) = after.split_at(unit_ends.unwrap_or(after.len()));
        total += value
            * match unit {
                "" => return Err(format!("time: missing unit in duration {}", quote(text))),
                "ns" => 1e0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => {
                    let (unit, text) = (quote(unit), quote(text));
                    return Err(format!("time: unknown unit {unit} in duration {text}"));
                }
            };
        rest = after;
    }
    if total > MAX as f64 {
        return Err(invalid());
    }
    Ok((!negative || total == 0.0).then(|| nanoseconds(total)))
}

/// So many seconds; `None` if they are negative.
pub(crate) fn seconds(number: &str) -> Option<Duration> {
    let seconds: f64 = number.parse().unwrap_or_default();
    (seconds >= 0.0).then(|| nanoseconds(seconds * 1e9))
}

/// Of a number of nanoseconds that is not negative; at most Go's longest.
fn nanoseconds(count: f64) -> Duration {
    // A cast saturates.
    Duration::from_nanos((count as u64).min(MAX))
}

/// As Go's `%q`, for the characters that a request is likely to have.
pub(crate) fn quote(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_gos() {
        for (text, error) in [
            ("", "missing request body"),
            ("  \n", "missing request body"),
            ("{nope", "invalid character 'n' looking for beginning of object key string"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{\"a\"", "unexpected EOF"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("<html>", "invalid character '<' looking for beginning of value"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("nul", "unexpected EOF"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("[01]", "invalid character '1' after array element"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("\0", "invalid character '\\x00' looking for beginning of value"),
        ] {
            assert_eq!(read(text.as_bytes()), Err(error.into()), "{text}");
        }
    }

    #[test]
    fn whatever_follows_the_first_value_is_ignored() {
        let text = br#" {"A": [1, -2.5e3, {}, []], "b": null} }}} nonsense"#;
        let json = read(text).unwrap();
        let items = vec![
            Json::Number("1".into()),
            Json::Number("-2.5e3".into()),
            Json::Object(vec![]),
            Json::Array(vec![]),
        ];
        assert_eq!(json.get("a"), Some(&Json::Array(items)));
        assert_eq!(json.get("B"), Some(&Json::Null));
    }

    #[test]
    fn strings_are_read_as_go_reads_them() {
        for (text, value) in [
            (&br#""\u00e9\ud83d\ude00\n""#[..], "é😀\n"),
            (br#""\ud83dx""#, "\u{fffd}x"),
            (br#""\ud83d\u0041""#, "\u{fffd}A"),
            (b"\"a\xffb\"", "a\u{fffd}b"),
        ] {
            assert_eq!(read(text), Ok(Json::String(value.into())));
        }
    }

    #[test]
    fn depth_is_bounded_and_harmless() {
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert!(read(deep.as_bytes()).is_ok());
        assert_eq!(read("[".repeat(1_000_000).as_bytes()), Err("exceeded max depth".into()));
    }

    #[test]
    fn durations_are_gos() {
        assert_eq!(duration("5m"), Ok(Some(Duration::from_secs(300))));
        assert_eq!(duration("1h1.5s"), Ok(Some(Duration::from_millis(3_601_500))));
        assert_eq!(duration("0"), Ok(Some(Duration::ZERO)));
        assert_eq!(duration("-1m"), Ok(None));
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("x", "time: invalid duration \"x\""),
            ("1.2.3s", "time: invalid duration \"1.2.3s\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
        ] {
            assert_eq!(duration(text), Err(error.into()));
        }
        assert_eq!(seconds("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(seconds("-1"), None);
        assert_eq!(seconds("1e300"), Some(Duration::from_nanos(MAX)));
    }
}
