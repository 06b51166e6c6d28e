//! Finds answers that are suspiciously alike, once names and layout are taken away.
//!
//! The texts are compared by fingerprints of their [`tokens`], as MOSS does. What is given or
//! published is left out, and so is what many learners have. The outcome is for an instructor to
//! look at, and no verdict: learners who had the same idea write the same code.

pub mod common;
mod compare;
pub mod findings;
pub mod fingerprints;
mod groups;
mod origin;
mod page;
mod pairs;
mod runs;
mod shown;
mod table;
pub mod texts;
pub mod tokens;

use std::fs;
use std::sync::Arc;

use serde::Serialize;
use workbook::exercise::Exercise;
use workbook::{Fault, Workbook};

use crate::submission::{Class, Learner};
use common::Published;
pub use compare::compare;
use findings::{Findings, HandedIn};
pub use page::page;
pub use table::table;
use texts::Answer;

/// What is alike in a class.
#[derive(Debug, Serialize)]
pub struct Similar {
    /// By exercise, those that somebody has handed in.
    pub exercises: Vec<Compared>,
    /// What could not be taken in of the submissions.
    pub notes: Vec<String>,
}

/// What is alike among the answers of a class to one exercise.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// `exercise-4`.
    pub exercise: String,
    /// Its name in words: `semaphore`.
    pub title: String,
    /// What is alike.
    #[serde(flatten)]
    pub findings: Findings,
    /// The answers that cannot be read, and why.
    pub notes: Vec<String>,
}

/// Compares all that a class has handed in for these exercises, with all attempts.
///
/// # Errors
///
/// If a file of the workbook, or the copy of an answer, cannot be read.
pub fn compare_class(
    workbook: &Workbook,
    exercises: &[Arc<Exercise>],
    class: &Class,
) -> Result<Similar, Fault> {
    let mut compared = Vec::new();
    for exercise in exercises {
        compared.push(compare_exercise(workbook, exercise, class)?);
    }
    compared.retain(|compared| compared.findings.answers + compared.notes.len() > 0);
    let of_learners = class
        .learners
        .iter()
        .flat_map(|(id, learner)| other_notes(learner).map(move |note| of(id, note)));
    let notes = class.notes.iter().cloned().chain(of_learners).collect();
    Ok(Similar { exercises: compared, notes })
}

fn compare_exercise(
    workbook: &Workbook,
    exercise: &Arc<Exercise>,
    class: &Class,
) -> Result<Compared, Fault> {
    let mut answers = Vec::new();
    let mut notes = Vec::new();
    for (id, learner) in &class.learners {
        for attempt in learner.attempts.get(&exercise.number).into_iter().flatten() {
            match &attempt.answer {
                Err(why) => notes.push(of(id, &format!("{}: {why}", attempt.found))),
                Ok(file) => {
                    let text = fs::read_to_string(&file.path);
                    let text = text.map_err(Fault::of(file.path.display()))?;
                    let handed_in = HandedIn { learner: id.clone(), found: attempt.found.clone() };
                    answers.push(Answer { handed_in, text });
                }
            }
        }
    }
    Ok(Compared {
        exercise: format!("exercise-{}", exercise.number),
        title: exercise.title(),
        findings: compare(&Published::of(workbook, exercise)?, &answers),
        notes,
    })
}

/// The notes on a learner, but for what is said of one of the answers, too.
fn other_notes(learner: &Learner) -> impl Iterator<Item = &String> {
    let attempts = learner.attempts.values().flatten();
    let said: Vec<&String> = attempts.filter_map(|it| it.answer.as_ref().err()).collect();
    learner.notes.iter().filter(move |note| !said.iter().any(|said| said.contains(*note)))
}

/// A note with the learner whom it is about, unless it begins with that.
fn of(id: &str, note: &str) -> String {
    let begins = note.strip_prefix(id).is_some_and(|rest| rest.starts_with([':', '/', '.']));
    if begins { note.to_owned() } else { format!("{id}: {note}") }
}
