//! What the answer calls its primitives.

#[cfg(any(feature = "loom", feature = "walk"))]
use std::collections::HashMap;
use std::panic::Location;

use crate::Answer;

/// The names of primitives, by the fields and variables that they are first used through.
#[cfg(any(feature = "loom", feature = "walk"))]
#[derive(Default)]
pub(crate) struct Names(HashMap<u32, String>);

#[cfg(any(feature = "loom", feature = "walk"))]
impl Names {
    /// Names a primitive after the receiver of the call at this place, if it has no name yet.
    pub(crate) fn learn(&mut self, answer: &Answer, object: u32, place: &Location<'_>) {
        if self.0.contains_key(&object) {
            return;
        }
        let Some(name) = receiver(answer, place) else { return };
        let same = |other: &&String| {
            let rest = other.strip_prefix(&name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" #"))
        };
        let name = match self.0.values().filter(same).count() {
            0 => name,
            others => format!("{name} #{}", others + 1),
        };
        self.0.insert(object, name);
    }

    /// The name of a primitive; one without a name is called by its kind.
    pub(crate) fn of(&self, object: u32, kind: &str) -> String {
        self.0.get(&object).cloned().unwrap_or_else(|| format!("the {kind}"))
    }
}

/// The receiver of the method call at this place: `permits` in `self.permits.lock()`.
pub(crate) fn receiver(answer: &Answer, place: &Location<'_>) -> Option<String> {
    if !answer.is_file(place.file()) {
        return None;
    }
    let mut before: Vec<&str> = answer.text.lines().take(place.line() as usize).collect();
    let last = before.pop()?;
    let column = last.char_indices().nth(place.column() as usize - 1).map(|(at, _)| at);
    before.push(column.map_or(last, |at| &last[..at]));
    let before = before.join("\n");
    let receiver = before.trim_end().strip_suffix('.')?.trim_end();
    let name = receiver.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    // The number in `self.0.lock()` is not a name.
    let is_name = name.starts_with(|c: char| !c.is_ascii_digit());
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Answer = Answer { file: "src/names.rs", text: include_str!("names.rs") };

    struct Object;

    impl Object {
        #[track_caller]
        fn named(&self) -> Option<String> {
            receiver(&ANSWER, Location::caller())
        }
    }

    #[test]
    fn the_receiver_is_the_last_name_before_the_dot() {
        struct Outer {
            inner: Object,
            tuple: (Object,),
        }
        let outer = Outer { inner: Object, tuple: (Object,) };
        assert_eq!(outer.inner.named().as_deref(), Some("inner"));
        let local = &outer.inner;
        #[rustfmt::skip]
        let chained = local
            .named();
        assert_eq!(chained.as_deref(), Some("local"));
        assert_eq!(outer.tuple.0.named(), None);
        assert_eq!(Object::named(local), None);
    }
}
