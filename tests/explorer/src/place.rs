//! Where in the answer a step happened, and what the answer calls the object.

use std::backtrace::Backtrace;
use std::panic::Location;

use crate::explore::Answer;

/// A function of the answer that is on the stack, and the line that it is at.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) line: u32,
}

/// The frames that are in the answer's file, innermost first.
///
/// A drop and a wake-up have no `#[track_caller]`, and a helper like `fn lock(&self)`
/// hides the line that matters; the stack has both. It is only walked in a replay.
/// The text of a backtrace is not a stable format, so a frame that cannot be read is
/// left out: then the step has no line, and nothing else is lost.
pub(crate) fn frames(answer: &Answer) -> Vec<Frame> {
    let backtrace = Backtrace::force_capture().to_string();
    let mut frames = Vec::new();
    let mut function = "";
    for line in backtrace.lines() {
        let line = line.trim();
        if let Some(place) = line.strip_prefix("at ") {
            let mut parts = place.rsplitn(3, ':');
            let (_column, row, file) = (parts.next(), parts.next(), parts.next());
            if let (Some(row), Some(file)) = (row.and_then(|row| row.parse().ok()), file)
                && answer.is_file(file)
            {
                frames.push(Frame { function: function.to_owned(), line: row });
            }
        } else if let Some((_, name)) = line.split_once(": ") {
            function = name;
        }
    }
    frames
}

impl Answer {
    /// The innermost line of the answer on the stack of this thread, if there is one.
    pub fn line_on_stack(&self) -> Option<u32> {
        frames(self).first().map(|frame| frame.line)
    }
}

/// The receiver of the method call at this place: `permits` in `self.permits.lock()`.
pub(crate) fn receiver(answer: &Answer, place: &Location<'_>) -> Option<String> {
    if !answer.is_file(place.file()) {
        return None;
    }
    let before: String = answer
        .text
        .lines()
        .take(place.line() as usize)
        .enumerate()
        .map(|(at, line)| match at + 1 == place.line() as usize {
            true => line.chars().take(place.column() as usize - 1).collect(),
            false => format!("{line}\n"),
        })
        .collect();
    let receiver = before.trim_end().strip_suffix('.')?.trim_end();
    let start = receiver
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || *c == '_')
        .last()?
        .0;
    let name = &receiver[start..];
    // `self.0.lock()`: a number says nothing.
    (!name.starts_with(|c: char| c.is_ascii_digit())).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Answer = Answer { file: "src/place.rs", text: include_str!("place.rs") };

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

    #[test]
    fn frames_of_the_answer_are_found_innermost_first() {
        fn helper() -> Vec<Frame> {
            frames(&ANSWER)
        }
        let frames = helper();
        // This file has `frames` itself, too.
        let at = frames.iter().position(|frame| frame.function.ends_with("helper"));
        let at = at.expect("the helper is on the stack");
        assert_eq!(frames[at + 1].line, line!() - 4);
    }
}
