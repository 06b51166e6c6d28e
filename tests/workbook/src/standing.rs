//! Where a learner stands with an exercise, as far as one can tell without building it.

use std::fs;

use crate::Fault;
use crate::answer::AnswerSource;
use crate::state::State;
use crate::verdict::Verdict;

#[derive(Debug)]
pub enum Standing {
    /// There is no file.
    Missing,
    /// It is still the stub.
    NotStarted,
    NotChecked,
    /// There is a verdict on another text of it.
    Changed,
    Judged(Verdict),
}

impl Standing {
    /// Where the learner stands, and the text of the answer.
    ///
    /// # Errors
    ///
    /// If the workbook is not as it should be, or the answer cannot be read.
    pub fn of(answer: &AnswerSource) -> Result<(Self, String), Fault> {
        let Some(text) = answer.read()? else { return Ok((Self::Missing, String::new())) };
        let stub = answer.exercise.stub();
        let stub = fs::read_to_string(&stub).map_err(Fault::of(stub.display()))?;
        if same(&stub, &text) {
            return Ok((Self::NotStarted, text));
        }
        let kept = State::of(answer).kept(&answer.exercise.checks);
        let standing = match kept {
            None => Self::NotChecked,
            Some(kept) if same(&kept.answer, &text) => Self::Judged(kept.verdict),
            Some(_) => Self::Changed,
        };
        Ok((standing, text))
    }
}

/// Whether two texts are the same but for the ends of their lines, which git and editors
/// change on Windows.
pub fn same(one: &str, other: &str) -> bool {
    one.lines().eq(other.lines())
}
