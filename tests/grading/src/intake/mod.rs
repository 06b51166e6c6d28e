//! Takes in what a class has handed in.
//!
//! The input is a folder with one entry for each learner, or a `.zip` or `.tar.gz` of such a
//! folder. An entry is a folder, an archive, or a file such as `ada_semaphore.rs`. What learning
//! platforms export is such a folder, too, and its names say more: see `platform`. Which learner
//! that is, a `roster` can say.
//!
//! Only answers are taken: files with the name of an answer, at any depth, and not below folders
//! such as `solutions` and `tests`. Of several, `choice` takes one. Their texts are copied, and
//! nothing else is written. Links are not followed, and archives are not unpacked but read past,
//! within the limits of `archive::Budget`.
//!
//! What cannot be read is a note, and never a stop. If something could not be read, and there is no
//! answer to an exercise, the answer may have been in it: then that is an attempt that cannot be
//! judged, and not a missing one. The same holds if there are files, and none has the name of an
//! answer.
//!
//! Names are escaped where they are read, by `names::text`, so that nothing that is shown acts on
//! a terminal; they are not escaped for HTML or CSV.

mod archive;
mod choice;
mod class;
mod folder;
mod ids;
mod layout;
mod names;
mod platform;
mod roster;
mod sieve;
mod staging;
mod wanted;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use workbook::Fault;
use workbook::exercise::Exercise;

use crate::submission::Class;
use archive::Budget;
use layout::Layout;
use roster::Roster;
use sieve::Sieve;
use staging::Staging;

/// Takes in the answers to some exercises from a folder or an archive of submissions. Their texts
/// are copied to a folder `answers` that nobody else writes to. With a roster, everybody who is on
/// it is in the class.
///
/// # Errors
///
/// If the submissions or the roster cannot be read as a whole, if there are none, or if a copy
/// cannot be written.
pub fn collect(
    submissions: &Path,
    roster: Option<&Path>,
    answers: &Path,
    exercises: &[Arc<Exercise>],
) -> Result<Class, Fault> {
    let roster = roster.map(Roster::read).transpose()?;
    if let (Ok(all), Ok(own)) = (submissions.canonicalize(), std::path::absolute(answers))
        && own.starts_with(&all)
    {
        return Err(Fault(format!(
            "{}: expected a folder outside of the submissions; name another",
            answers.display()
        )));
    }
    let staging = Staging::new(answers)?;
    let mut sieve = Sieve::new(exercises, &staging);
    read(submissions, &mut sieve)?;
    let layout = Layout::new(sieve.found, &name_of(submissions), exercises);
    let (handed_in, notes) = layout.submissions();
    if handed_in.is_empty() {
        let nobody = format!("no submissions in {}", submissions.display());
        return Err(Fault([vec![nobody], notes].concat().join("\n")));
    }
    let class = class::of(handed_in, roster.as_ref(), exercises, &staging)?;
    Ok(Class { notes, ..class })
}

/// Reads a folder of submissions, or an archive of them all. If part of such an archive is missing,
/// learners are: so that is an error.
fn read(submissions: &Path, sieve: &mut Sieve<'_>) -> Result<(), Fault> {
    let shown = submissions.display();
    if fs::metadata(submissions).map_err(Fault::of(&shown))?.is_dir() {
        return folder::read(submissions, sieve);
    }
    let read = match archive::format(&name_of(submissions)) {
        Some(Ok(format)) => {
            archive::read_file(submissions, format, "", &mut Budget::of_class(), sieve)?
        }
        Some(Err(why)) => Err(why),
        None => Err("expected a folder, a .zip or a .tar.gz of submissions".to_owned()),
    };
    read.map_err(Fault::of(shown))
}

/// The name of a folder or an archive, also if it was given as `.`.
fn name_of(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    names::text(path.file_name().unwrap_or_default().as_encoded_bytes())
}
