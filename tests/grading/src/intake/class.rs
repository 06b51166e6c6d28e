//! Who has handed in what.

use std::collections::BTreeMap;
use std::sync::Arc;

use workbook::Fault;
use workbook::exercise::Exercise;

use super::choice::{choose, list};
use super::ids;
use super::layout::Submission;
use super::staging::Staging;
use crate::submission::{Attempt, Class, Learner};

/// Makes learners from submissions.
pub fn of(
    submissions: Vec<Submission>,
    exercises: &[Arc<Exercise>],
    staging: &Staging,
) -> Result<Class, Fault> {
    let mut class = Class::default();
    let ids = ids::unique(submissions.iter().map(|submission| &*submission.learner));
    for (id, submission) in ids.into_iter().zip(submissions) {
        let name = (id != submission.learner).then(|| submission.learner.clone());
        let mut learner = Learner { name, ..Learner::default() };
        add(&mut learner, &id, submission, exercises, staging)?;
        class.learners.insert(id, learner);
    }
    Ok(class)
}

/// Adds a submission to what a learner has handed in.
fn add(
    learner: &mut Learner,
    id: &str,
    submission: Submission,
    exercises: &[Arc<Exercise>],
    staging: &Staging,
) -> Result<(), Fault> {
    let mut answers: BTreeMap<u32, Vec<_>> = BTreeMap::new();
    for answer in submission.answers {
        answers.entry(answer.exercise.number).or_default().push(answer);
    }
    if answers.is_empty() && submission.unread.is_empty() {
        let names = exercises.iter().map(|exercise| format!("{}.rs", exercise.name));
        let names = names.collect::<Vec<_>>().join(", ");
        let entry = &submission.entry;
        learner.notes.push(format!("{entry}: expected one of {names}; found none of them"));
    }
    for exercise in exercises {
        let (found, answer) = match answers.remove(&exercise.number).and_then(choose) {
            Some((answer, note)) => {
                learner.notes.extend(note);
                let keep = |text| staging.keep(text, id, &exercise.name);
                let kept = match answer.text {
                    Ok(text) => Ok(keep(text)?),
                    Err(why) => Err(why),
                };
                (answer.path, kept)
            }
            // The answer may be in what could not be read: that is not the same as no answer.
            None if !submission.unread.is_empty() => {
                let why = format!("expected {}.rs; {}", exercise.name, list(&submission.unread));
                (submission.entry.clone(), Err(why))
            }
            None => continue,
        };
        let attempts = learner.attempts.entry(exercise.number).or_default();
        attempts.push(Attempt { found, handed_in: None, answer });
    }
    learner.notes.extend(submission.unread);
    Ok(())
}
