//! Grades all that a class has handed in.
//!
//! Each verdict is written to `verdicts/` as soon as it is there, under the key of all that it
//! depends on. So a run that was killed, or one on a class of which little has changed, judges
//! only what it has no verdict on.

mod choose;
mod deadline;
mod summary;
mod work;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use workbook::Fault;
use workbook::exercise::Exercise;
use workbook::verdict::Verdict;

use crate::gradebook::{self, Gradebook, Isolation};
use crate::out::Out;
use crate::shard::Shard;
use crate::submission::{AnswerFile, Class};

pub use choose::Keep;
pub use deadline::deadline;
pub use summary::summary;
pub use work::Progress;

/// Judges answers, several at a time.
pub trait Judge: Sync {
    /// What tells apart two verdicts that can differ: a name for the answer's text, the checks,
    /// and all else that a verdict depends on. It can be the name of a file.
    fn key(&self, exercise: &Exercise, answer: &AnswerFile) -> String;

    /// Judges an answer. No two calls with the same `slot` run at a time.
    fn judge(&self, slot: usize, exercise: &Arc<Exercise>, answer: &AnswerFile) -> Verdict;

    /// How it keeps answers from doing harm.
    fn isolation(&self) -> Isolation;
}

/// What an instructor can choose.
#[derive(Debug, Default)]
pub struct Options {
    /// Which attempt counts.
    pub keep: Keep,
    /// When an attempt is late.
    pub deadline: Option<Timestamp>,
    /// Which part of the class to grade.
    pub shard: Option<Shard>,
    /// Whether to judge again what ended in a fault of the machine or the workbook.
    pub retry_errors: bool,
}

/// Judges what has no verdict yet, and writes the gradebook. `progress` is told of each answer.
///
/// # Errors
///
/// If a file of the grades cannot be read or written. What goes wrong with one answer is in its
/// grade.
pub fn grade(
    class: &Class,
    exercises: &[Arc<Exercise>],
    options: &Options,
    judge: &dyn Judge,
    out: &Out,
    progress: &Progress,
) -> Result<Gradebook, Fault> {
    let in_shard = |place| options.shard.is_none_or(|shard| shard.has(place));
    let learners = class.learners.iter().enumerate().filter(|(place, _)| in_shard(*place));
    let learners: Vec<_> = learners.map(|(_, learner)| learner).collect();

    let verdicts = Verdicts { out, judge };
    let mut jobs = Vec::new();
    let mut keys = BTreeSet::new();
    for (_, learner) in &learners {
        for exercise in exercises {
            for attempt in learner.attempts.get(&exercise.number).into_iter().flatten() {
                let Ok(answer) = &attempt.answer else { continue };
                if keys.insert(verdicts.path(exercise, answer)) {
                    jobs.push((exercise, answer));
                }
            }
        }
    }
    jobs.retain(|(exercise, answer)| match verdicts.known(exercise, answer) {
        Some(Verdict { status: workbook::verdict::Status::GraderError, .. }) => {
            options.retry_errors
        }
        known => known.is_none(),
    });
    work::judge_all(&jobs, &verdicts, progress)?;

    let mut rows = Vec::new();
    for (id, learner) in &learners {
        let mut grades = Vec::new();
        for exercise in exercises {
            let attempts = learner.attempts.get(&exercise.number).map_or(&[][..], Vec::as_slice);
            grades.push(choose::grade(exercise, attempts, options, &verdicts)?);
        }
        rows.push(gradebook::Learner {
            id: (*id).clone(),
            name: learner.name.clone(),
            email: learner.email.clone(),
            notes: learner.notes.clone(),
            grades,
        });
    }
    let gradebook = Gradebook {
        folder: out.folder().to_owned(),
        isolation: judge.isolation(),
        shard: options.shard,
        deadline: options.deadline,
        exercises: exercises.iter().map(|exercise| gradebook::Exercise::of(exercise)).collect(),
        notes: class.notes.clone(),
        learners: rows,
    };
    out.write_gradebook(&gradebook)?;
    remove_others(&out.folder().join(VERDICTS), &keys)?;
    Ok(gradebook)
}

/// The folder for verdicts.
const VERDICTS: &str = "verdicts";

/// The verdicts that are written so far.
struct Verdicts<'a> {
    out: &'a Out,
    judge: &'a dyn Judge,
}

impl Verdicts<'_> {
    /// Where the verdict on an answer is, relative to the gradebook.
    fn path(&self, exercise: &Exercise, answer: &AnswerFile) -> String {
        format!("{VERDICTS}/{}.json", self.judge.key(exercise, answer))
    }

    /// The verdict on an answer, if there is one. A file that is damaged counts as none.
    fn known(&self, exercise: &Exercise, answer: &AnswerFile) -> Option<Verdict> {
        let path = self.out.folder().join(self.path(exercise, answer));
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// The path of a file in the folder of the grades, relative to that.
    fn inside(&self, path: &Path) -> Option<String> {
        let inside = path.strip_prefix(self.out.folder()).ok()?;
        let parts = inside.components().map(|part| part.as_os_str().to_str());
        Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
    }

    fn write(&self, exercise: &Exercise, answer: &AnswerFile, of: &Verdict) -> Result<(), Fault> {
        self.out.write_json(&self.path(exercise, answer), of)
    }
}

/// Removes the verdicts on answers or by checks that are no longer there.
fn remove_others(folder: &Path, keep: &BTreeSet<String>) -> Result<(), Fault> {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.map_err(Fault::of(folder.display()))?;
        let path = format!("{VERDICTS}/{}", entry.file_name().to_string_lossy());
        if !keep.contains(&path) {
            fs::remove_file(entry.path()).map_err(Fault::of(entry.path().display()))?;
        }
    }
    Ok(())
}
