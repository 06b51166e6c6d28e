//! `keep_alive`: how long a model stays loaded, as Go reads it.

use std::time::Duration;

use serde_json::Value;

/// How long a model stays loaded after a request; `None` is forever.
pub(crate) type KeepAlive = Option<Duration>;

pub(crate) const DEFAULT: KeepAlive = Some(Duration::from_secs(300));

/// The longest duration of Go: about 292 years.
pub(crate) const MAX: Duration = Duration::from_nanos(i64::MAX.unsigned_abs());

/// Reads a number of seconds or a duration such as `1h30m`; negative is forever. The error is
/// the message of Ollama's 400.
pub(crate) fn keep_alive(value: &Value) -> Result<KeepAlive, String> {
    match value {
        Value::Number(seconds) => Ok(from_seconds(seconds.as_f64().unwrap_or_default())),
        Value::String(text) => parse(text),
        _ => Err("Unsupported type".into()),
    }
}

/// As `time.ParseDuration` does.
fn parse(text: &str) -> Result<KeepAlive, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Some(Duration::ZERO));
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let is_digit = |c: char| c == '.' || c.is_ascii_digit();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
        let (unit, after) = after.split_at(after.find(is_digit).unwrap_or(after.len()));
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let in_seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        seconds += number * in_seconds;
        rest = after;
    }
    Ok(from_seconds(sign * seconds))
}

fn from_seconds(seconds: f64) -> KeepAlive {
    let not_negative = seconds >= 0.0;
    not_negative.then(|| Duration::try_from_secs_f64(seconds).unwrap_or(MAX).min(MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, duration) in [
            ("5m", Some(Duration::from_secs(300))),
            ("1h1.5s", Some(Duration::from_millis(3_601_500))),
            ("0", Some(Duration::ZERO)),
            ("-0s", Some(Duration::ZERO)),
            ("9999999h", Some(MAX)),
            ("-1m", None),
        ] {
            assert_eq!(parse(text), Ok(duration), "{text}");
        }
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("x", "time: invalid duration \"x\""),
            ("1.2.3s", "time: invalid duration \"1.2.3s\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
        ] {
            assert_eq!(parse(text), Err(error.into()), "{text}");
        }
        assert_eq!(keep_alive(&1.5.into()), Ok(Some(Duration::from_millis(1500))));
        assert_eq!(keep_alive(&(-1).into()), Ok(None));
        assert_eq!(keep_alive(&1e300.into()), Ok(Some(MAX)));
    }
}
