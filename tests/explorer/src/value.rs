//! Short texts for values: what a lock guards, from its `Debug` output.

use std::fmt::Debug;

/// Makes the value of what a lock guards; only types that are `Debug` have one.
pub(crate) type Show<T> = fn(&T) -> Value;

/// What a lock guards at some point.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Whole(String),
    Fields(Vec<(String, String)>),
}

pub(crate) fn show<T: Debug + ?Sized>(value: &T) -> Value {
    let text = format!("{value:?}");
    match fields(&text) {
        Some(fields) => Value::Fields(fields),
        None => Value::Whole(summary(&text)),
    }
}

/// The value of an atomic as text. An unsigned number that went below zero is shown as such.
pub(crate) fn number(value: &dyn Debug) -> String {
    let text = format!("{value:?}");
    match text.parse::<usize>() {
        Ok(usize::MAX) => "MAX".to_owned(),
        Ok(number) if number > usize::MAX - 100 => format!("MAX-{}", usize::MAX - number),
        _ => text,
    }
}

impl Value {
    pub(crate) fn all(&self) -> String {
        match self {
            Value::Whole(text) => text.clone(),
            Value::Fields(fields) => join(fields.iter()),
        }
    }

    /// What has changed since an earlier value; `None` if nothing has.
    pub(crate) fn changes(&self, before: &Value) -> Option<String> {
        match (self, before) {
            (Value::Fields(now), Value::Fields(then)) if now.len() == then.len() => {
                let changed = now.iter().zip(then).filter(|(now, then)| now != then);
                let text = join(changed.map(|(now, _)| now));
                (!text.is_empty()).then_some(text)
            }
            _ => (self != before).then(|| self.all()),
        }
    }
}

fn join<'a>(fields: impl Iterator<Item = &'a (String, String)>) -> String {
    fields.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

/// The fields of `Name { a: …, b: … }`.
fn fields(text: &str) -> Option<Vec<(String, String)>> {
    let (name, rest) = text.split_once(" { ")?;
    // A waker's fields are addresses.
    if name == "Waker" || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    items(rest.strip_suffix(" }")?)
        .into_iter()
        .map(|item| {
            let (name, value) = item.split_once(": ")?;
            Some((name.to_owned(), summary(value)))
        })
        .collect()
}

/// A value without addresses, which differ from run to run, and without nested details.
fn summary(text: &str) -> String {
    let inside = |open, close| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(list) = inside('[', ']').or_else(|| inside('{', '}')) {
        let items = items(list);
        let plain = items.iter().all(|item| summary(item) == *item) && list.len() <= 16;
        return match items.len() {
            0 => "empty".to_owned(),
            _ if plain => text.to_owned(),
            1 => "1 entry".to_owned(),
            n => format!("{n} entries"),
        };
    }
    if let Some(inner) = text.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')')) {
        return format!("Some({})", summary(inner));
    }
    if text.starts_with("0x") {
        return "…".to_owned();
    }
    match text.find([' ', '(', '{']) {
        Some(end) if text.ends_with(['}', ')']) => text[..end].to_owned(),
        _ if text.chars().count() > 24 => format!("{}…", text.chars().take(23).collect::<String>()),
        _ => text.to_owned(),
    }
}

/// The parts between the commas that are not inside brackets or quotes.
fn items(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start, mut quoted, mut escaped) = (0, 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        items.push(last);
    }
    items
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::task::Waker;

    use super::*;

    #[derive(Debug)]
    // Only read through `Debug`, as an answer's state is.
    #[expect(dead_code)]
    struct State {
        free: usize,
        waiters: VecDeque<(u32, Waker)>,
        last: Option<Waker>,
    }

    #[test]
    fn a_number_is_shown_as_it_is() {
        assert_eq!(show(&7).all(), "7");
    }

    #[test]
    fn a_struct_is_shown_by_its_fields_without_addresses() {
        let mut state = State { free: 0, waiters: VecDeque::new(), last: None };
        let before = show(&state);
        assert_eq!(before.all(), "free 0, waiters empty, last None");
        state.waiters.push_back((0, Waker::noop().clone()));
        state.last = Some(Waker::noop().clone());
        assert_eq!(
            show(&state).changes(&before).as_deref(),
            Some("waiters 1 entry, last Some(Waker)")
        );
    }

    #[test]
    fn what_did_not_change_is_not_a_change() {
        assert_eq!(show(&1).changes(&show(&1)), None);
        assert_eq!(show(&2).changes(&show(&1)).as_deref(), Some("2"));
    }

    #[test]
    fn short_lists_of_numbers_are_shown_and_others_counted() {
        assert_eq!(show(&[1, 2]).all(), "[1, 2]");
        assert_eq!(show(&vec![Some(1); 9]).all(), "9 entries");
        assert_eq!(show(&vec!["a, b"]).all(), "[\"a, b\"]");
    }
}
