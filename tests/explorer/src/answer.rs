//! The learner's file, and which lines of it are on the stack.

use std::backtrace::Backtrace;

/// The learner's file, as it was compiled.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The end of its path, as the learner knows it: `src/semaphore.rs`.
    pub file: &'static str,
    /// The whole text.
    pub text: &'static str,
}

/// A function of the answer that is on the stack, and the line where it is.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its path, as the compiler knows it.
    pub function: String,
    /// From 1.
    pub line: u32,
}

impl Answer {
    /// Whether a path of a compiled file is the answer's.
    pub fn is_file(&self, path: &str) -> bool {
        let path = path.replace('\\', "/");
        path.strip_suffix(self.file).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    }

    /// The text of a line, by its number from 1.
    #[cfg(any(feature = "loom", feature = "shuttle"))]
    pub(crate) fn line(&self, number: u32) -> Option<&'static str> {
        self.text.lines().nth(number as usize - 1)
    }

    /// The innermost line of the answer on the stack of this thread, if there is one.
    pub fn line_on_stack(&self) -> Option<u32> {
        self.frames().first().map(|frame| frame.line)
    }

    /// The frames that are in the answer's file, innermost first.
    ///
    /// A drop and a wake-up have no `#[track_caller]`, and a helper like `fn lock(&self)` hides
    /// the line that matters; the stack has both. Walking it takes milliseconds. The text of a
    /// backtrace is not a stable format, so a frame that cannot be read is left out: then a step
    /// has no line, and nothing else is lost.
    pub fn frames(&self) -> Vec<Frame> {
        let backtrace = Backtrace::force_capture().to_string();
        let mut frames = Vec::new();
        let mut function = "";
        for line in backtrace.lines() {
            let line = line.trim();
            if let Some(place) = line.strip_prefix("at ") {
                let mut parts = place.rsplitn(3, ':');
                let (_column, row, file) = (parts.next(), parts.next(), parts.next());
                if let (Some(row), Some(file)) = (row.and_then(|row| row.parse().ok()), file)
                    && self.is_file(file)
                {
                    frames.push(Frame { function: function.to_owned(), line: row });
                }
            } else if let Some((_, name)) = line.split_once(": ") {
                function = name;
            }
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Answer = Answer { file: "src/answer.rs", text: include_str!("answer.rs") };

    #[test]
    fn frames_of_the_answer_are_found_innermost_first() {
        fn helper() -> Vec<Frame> {
            ANSWER.frames()
        }
        let frames = helper();
        // This file has `frames` itself, too.
        let at = frames.iter().position(|frame| frame.function.ends_with("helper"));
        let at = at.expect("the helper is on the stack");
        assert_eq!(frames[at + 1].line, line!() - 4);
    }
}
