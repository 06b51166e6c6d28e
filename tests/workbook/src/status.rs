//! How far the learner is with an exercise, as far as that is known without a build.

use crate::answer::AnswerSource;
use crate::state::State;
use crate::verdict::Verdict;
use crate::{Fault, read};

/// How far the learner is with an exercise.
#[derive(Debug)]
pub enum ExerciseStatus {
    /// There is no file.
    Missing,
    /// The file is still the stub.
    NotStarted,
    /// There is no verdict yet.
    NotChecked,
    /// The last verdict is on another text of the file.
    Changed,
    /// The last verdict is on the file as it is now.
    Checked(Verdict),
}

impl ExerciseStatus {
    /// The status of an answer, and its text.
    ///
    /// # Errors
    ///
    /// If the answer or the stub cannot be read.
    pub fn of(answer: &AnswerSource) -> Result<(Self, String), Fault> {
        let Some(text) = answer.read()? else { return Ok((Self::Missing, String::new())) };
        let stub = answer.exercise.stub();
        let stub = read(&stub)?;
        if same_lines(&stub, &text) {
            return Ok((Self::NotStarted, text));
        }
        let status = match State::of(answer).last_verdict(&answer.exercise.checks) {
            None => Self::NotChecked,
            Some(last) if same_lines(&last.answer, &text) => Self::Checked(last.verdict),
            Some(_) => Self::Changed,
        };
        Ok((status, text))
    }
}

/// Whether two texts are the same except for their line endings, which git and editors change on
/// Windows.
pub fn same_lines(one: &str, other: &str) -> bool {
    one.lines().eq(other.lines())
}
