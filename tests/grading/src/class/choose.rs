//! Which of a learner's attempts counts, and the grade for it.

use clap::ValueEnum;
use workbook::Fault;
use workbook::exercise::Exercise;
use workbook::verdict;

use super::{Options, Verdicts};
use crate::gradebook::{Answer, Grade, Status};
use crate::submission::Attempt;

/// Which of several attempts counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// The one that was handed in last
    #[default]
    Last,
    /// The one with the most points, and of these the first
    Best,
}

/// The grade for the attempt that counts.
pub(super) fn grade(
    exercise: &Exercise,
    attempts: &[Attempt],
    options: &Options,
    verdicts: &Verdicts<'_>,
) -> Result<Grade, Fault> {
    let mut grades = Vec::new();
    for attempt in attempts {
        grades.push(of_attempt(exercise, attempt, options, verdicts)?);
    }
    let chosen = match options.keep {
        Keep::Last => grades.len().checked_sub(1),
        // `max_by_key` takes the last of several, so it goes backwards.
        Keep::Best => (0..grades.len()).rev().max_by_key(|&at| grades[at].points),
    };
    let Some(chosen) = chosen else { return Ok(missing(exercise)) };
    let mut grade = grades.swap_remove(chosen);
    if attempts.len() > 1 {
        let which = match options.keep {
            Keep::Last => "the last",
            Keep::Best => "the best",
        };
        grade.notes.push(format!("attempt {} of {}: {which}", chosen + 1, attempts.len()));
    }
    Ok(grade)
}

fn of_attempt(
    exercise: &Exercise,
    attempt: &Attempt,
    options: &Options,
    verdicts: &Verdicts<'_>,
) -> Result<Grade, Fault> {
    let after = |deadline| attempt.handed_in.is_some_and(|at| at > deadline);
    let late = attempt.late || options.deadline.is_some_and(after);
    let answer = match &attempt.answer {
        Ok(answer) => answer,
        Err(why) => {
            let notes = vec![format!("{}: {why}", attempt.found)];
            return Ok(Grade {
                status: Status::Unreadable,
                late,
                points: None,
                notes,
                ..missing(exercise)
            });
        }
    };
    let path = verdicts.path(exercise, answer);
    let verdict = verdicts.known(exercise, answer);
    let verdict = verdict.ok_or_else(|| Fault(format!("{path} cannot be read; grade again")))?;
    let status = Status::of(verdict.status);
    Ok(Grade {
        status,
        points: status.is_graded().then_some(verdict.points),
        answer: Some(Answer {
            found: attempt.found.clone(),
            sha256: answer.sha256.clone(),
            handed_in: attempt.handed_in,
            copy: verdicts.inside(&answer.path),
        }),
        late,
        review: verdict.findings,
        verdict: Some(path),
        ..missing(exercise)
    })
}

/// The grade of somebody who has handed in nothing.
fn missing(exercise: &Exercise) -> Grade {
    Grade {
        exercise: format!("exercise-{}", exercise.number),
        status: Status::Missing,
        points: Some(0),
        answer: None,
        late: false,
        review: Vec::new(),
        notes: Vec::new(),
        verdict: None,
    }
}

impl Status {
    fn of(verdict: verdict::Status) -> Self {
        match verdict {
            verdict::Status::Passed => Self::Passed,
            verdict::Status::Failed => Self::Failed,
            verdict::Status::Refused => Self::Refused,
            verdict::Status::DoesNotCompile => Self::DoesNotCompile,
            verdict::Status::Inconclusive => Self::Inconclusive,
            verdict::Status::NotStarted => Self::NotStarted,
            verdict::Status::GraderError => Self::GraderError,
        }
    }
}
