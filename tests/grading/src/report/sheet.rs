//! A learner's grades together with the verdicts, and what to say of them to the learner.

use jiff::Timestamp;
use workbook::Fault;
use workbook::exercise::Check;
use workbook::verdict::{CheckResult, CheckStatus, Verdict};

use super::text;
use crate::gradebook::{Exercise, Grade, Gradebook, Learner, Status};

/// A learner's grades, with the verdicts.
pub struct Sheet<'a> {
    /// The learner.
    pub learner: &'a Learner,
    /// What came of each exercise, in the gradebook's order.
    pub answers: Vec<Judged<'a>>,
    deadline: Option<Timestamp>,
}

/// What came of one exercise.
pub struct Judged<'a> {
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The grade.
    pub grade: &'a Grade,
    /// What the checks said, if the answer was judged.
    pub verdict: Option<Verdict>,
}

impl<'a> Sheet<'a> {
    /// Reads the verdicts of a learner.
    pub fn of(gradebook: &'a Gradebook, learner: &'a Learner) -> Result<Self, Fault> {
        let mut answers = Vec::new();
        for (exercise, grade) in gradebook.exercises.iter().zip(&learner.grades) {
            answers.push(Judged { exercise, grade, verdict: gradebook.verdict(grade)? });
        }
        Ok(Self { learner, answers, deadline: gradebook.deadline })
    }

    /// The points for all exercises, if each has a grade.
    pub fn total(&self) -> Option<u32> {
        self.answers.iter().map(|judged| judged.grade.points).sum()
    }

    /// For an answer that was late, when it was handed in and when the deadline was.
    pub fn lateness(&self, judged: &Judged<'_>) -> Option<String> {
        let answer = judged.grade.answer.as_ref();
        let handed_in = answer.and_then(|answer| answer.handed_in).map(in_utc);
        let on = |time: Option<String>| time.map_or(String::new(), |time| format!(" on {time}"));
        judged.grade.late.then(|| {
            format!(
                "This answer was handed in{}, after the deadline{}. No points were taken off for \
                 that here; your instructor decides what it means.",
                on(handed_in),
                on(self.deadline.map(in_utc))
            )
        })
    }
}

impl Judged<'_> {
    /// Each check, and how it ended if the answer was judged.
    pub fn checks(&self) -> impl Iterator<Item = (&Check, Option<&CheckResult>)> {
        let results = self.verdict.iter().flat_map(|verdict| &verdict.checks);
        let results: Vec<&CheckResult> = results.collect();
        self.exercise.checks.iter().map(move |check| {
            (check, results.iter().find(|result| result.name == check.name).copied())
        })
    }

    /// `85 of 100 points`, or that there are none yet, as the beginning of a sentence.
    pub fn points(&self) -> String {
        match self.grade.points {
            Some(points) => format!("{points} of {} points", self.exercise.max_points),
            None => "No points yet".to_owned(),
        }
    }

    /// What came of it, in a sentence or two for the learner. It blames nobody.
    pub fn outcome(&self) -> String {
        let checks = self.exercise.checks.len();
        let count = |status| self.verdict.as_ref().map_or(0, |verdict| verdict.count(status));
        match self.grade.status {
            Status::Passed => format!("All {checks} checks pass."),
            Status::Failed => {
                let passed = count(CheckStatus::Passed);
                format!("{passed} of {checks} checks pass.")
            }
            Status::Inconclusive => format!(
                "No check fails. {} of {checks} checks came to no result: they are inconclusive, \
                 and give no points. Ask your instructor about them.",
                count(CheckStatus::Inconclusive)
            ),
            Status::DoesNotCompile => {
                "The answer does not compile together with the checks, so these could not run."
                    .to_owned()
            }
            Status::NotStarted => {
                "The answer is still as the exercise gives it, with nothing written yet.".to_owned()
            }
            Status::Missing => "No answer to this exercise was found.".to_owned(),
            Status::Unreadable => "Something was handed in, but no answer to this exercise could \
                                   be read from it. It has no points yet, which is not zero points: your \
                                   instructor will look at it."
                .to_owned(),
            Status::Refused => "The answer was not run, because it uses something that no answer \
                                to this exercise needs. It has no points yet, which is not zero \
                                points: your instructor will look at it."
                .to_owned(),
            Status::GraderError => "The grader itself failed while it judged this answer. That is \
                                    not your fault. The answer has no points yet, which is not \
                                    zero points: it will be graded again."
                .to_owned(),
        }
    }

    /// Why the answer does not compile: what rustc says, or which signatures it lacks.
    pub fn rejection(&self) -> Option<String> {
        let verdict = self.verdict.as_ref();
        let verdict = verdict.filter(|_| self.grade.status == Status::DoesNotCompile)?;
        Some(text::plain(verdict.message.as_deref()?).trim_end().to_owned())
    }

    /// What in the answer a person will look at, a line for each place.
    pub fn review(&self) -> Vec<String> {
        let review = self.grade.review.iter();
        review.map(|found| format!("line {}: {}", found.line, text::line(&found.reason))).collect()
    }
}

/// A time as people read it.
fn in_utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
