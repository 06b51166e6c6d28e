//! The reports on a class, all made from the [`Gradebook`] and its verdicts:
//!
//! | file | for |
//! |---|---|
//! | `index.html` | the instructor, and to be shown in class: [`html`] |
//! | `gradebook.csv` | a spreadsheet or a learning platform: [`csv`] |
//! | `feedback/NAME.md` | the learner: [`markdown`] |
//! | `gradescope/NAME.json` | Gradescope: [`gradescope`] |
//! | `exercism/exercise-4/NAME.json` | what reads Exercism's test runners: [`exercism`] |
//! | `junit/NAME.xml` | a server for continuous integration: [`junit`] |
//!
//! `NAME` is made from the learner's id so that any file system takes it.

pub mod csv;
pub mod exercism;
pub mod gradescope;
pub mod html;
pub mod junit;
pub mod markdown;
mod message;
mod names;
mod sheet;
pub mod statistics;
pub(crate) mod text;

use std::collections::BTreeSet;
use std::fs;

pub use sheet::{Judged, Sheet};
use workbook::Fault;

use crate::gradebook::Gradebook;
use crate::out::{self, Out};

/// Writes all reports. Each file has either its old content or the whole new one. What people may
/// have written into, the table and the feedback, is kept in `earlier/` before it changes.
///
/// One learner's verdicts are in memory at a time.
///
/// # Errors
///
/// If a verdict cannot be read, or a file cannot be written.
pub fn write_all(gradebook: &Gradebook, out: &Out) -> Result<(), Fault> {
    let names = names::of(gradebook.learners.iter().map(|learner| &*learner.id));
    let mut written = BTreeSet::new();
    for (learner, name) in gradebook.learners.iter().zip(names) {
        let sheet = Sheet::of(gradebook, learner)?;
        let feedback = format!("feedback/{name}.md");
        out.replace(&feedback, markdown::write(&sheet).as_bytes())?;
        let mut files = vec![
            (format!("gradescope/{name}.json"), gradescope::write(&sheet)?),
            (format!("junit/{name}.xml"), junit::write(&sheet)?),
        ];
        for judged in &sheet.answers {
            let path = format!("exercism/{}/{name}.json", judged.exercise.exercise);
            files.push((path, exercism::write(judged)?));
        }
        for (path, text) in &files {
            out::write(&out.folder().join(path), text)?;
        }
        written.extend(files.into_iter().map(|(path, _)| path).chain([feedback]));
    }
    out.replace("gradebook.csv", &csv::write(gradebook)?)?;
    out::write_with(&out.folder().join("index.html"), |to| html::write(gradebook, to))?;
    retire_others(out, &written)
}

/// Moves reports on those who are no longer in the class into `earlier/`.
fn retire_others(out: &Out, written: &BTreeSet<String>) -> Result<(), Fault> {
    let mut folders = ["exercism", "feedback", "gradescope", "junit"].map(str::to_owned).to_vec();
    while let Some(folder) = folders.pop() {
        let path = out.folder().join(&folder);
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let entry = entry.map_err(Fault::of(path.display()))?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(name);
            } else if entry.file_name().as_encoded_bytes().starts_with(b".") {
                // Left by a run that was killed while it wrote.
                fs::remove_file(entry.path()).map_err(Fault::of(entry.path().display()))?;
            } else if !written.contains(&name) {
                out.retire(&name)?;
            }
        }
    }
    Ok(())
}
