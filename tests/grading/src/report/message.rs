//! Messages of failures, without what is different although the failure is the same.

use std::borrow::Cow;

/// A message whose numbers, durations and quoted texts are replaced by a sign: `1 of 2 results`
/// and `4 of 5 results` become the same.
pub(super) fn without_details(message: &str) -> String {
    let text = without_colours(message);
    let mut out = String::new();
    let mut rest = &*text;
    while let Some(c) = rest.chars().next() {
        let in_word = out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (sign, length) = match c {
            '"' => ("\"…\"", quoted(rest)),
            '0'..='9' if !in_word => ("#", number(rest)),
            _ => ("", c.len_utf8()),
        };
        match sign {
            "" => out.push(c),
            _ => out.push_str(sign),
        }
        rest = &rest[length..];
        // A list of texts is alike, however long it is.
        if let Some(start) = out.strip_suffix("\"…\", \"…\"") {
            out.truncate(start.len() + "\"…\"".len());
        }
    }
    out
}

/// The length of a text in quotes, as `Debug` writes it.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The length of a number and of its unit of time.
fn number(text: &str) -> usize {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '.');
    // A full stop ends a sentence.
    let number = text[..text.len() - digits.len()].trim_end_matches(['.', '_']).len();
    let rest = &text[number..];
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    let unit = ["ns", "µs", "ms", "s"].into_iter().find(|unit| {
        let after = rest[spaces..].strip_prefix(unit);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    });
    number + unit.map_or(0, |unit| spaces + unit.len())
}

/// A text without the sequences that set colours in a terminal. Other control characters stay.
pub(super) fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\x1b') {
        return text.into();
    }
    let mut parts = text.split("\x1b[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let after = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == ':');
        match after.strip_prefix('m') {
            Some(text) => out += text,
            None => out.extend(["\x1b[", part]),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_durations_and_quoted_texts_do_not_tell_messages_apart() {
        for (message, expected) in [
            ("only 1 of 20 results", "only # of # results"),
            ("at 200 ms, and not at 1.5s.", "at #, and not at #."),
            ("it takes 2 seconds", "it takes # seconds"),
            ("src/retry.rs:69: overflow", "src/retry.rs:#: overflow"),
            (r#"returned "a \"word\" 1", not "b""#, r#"returned "…", not "…""#),
            (r#"["a", "b 2", "c"] and ["a"]"#, r#"["…"] and ["…"]"#),
            ("a \"quote without an end", "a \"…\""),
            ("an i32 and x_1", "an i32 and x_1"),
        ] {
            assert_eq!(without_details(message), expected);
        }
    }

    #[test]
    fn colours_are_removed_and_what_only_looks_like_one_is_not() {
        assert_eq!(without_colours("\x1b[1;31merror\x1b[0m: x"), "error: x");
        assert_eq!(without_colours("\x1b[2J\x1b]0;title\x07 1m"), "\x1b[2J\x1b]0;title\x07 1m");
    }
}
