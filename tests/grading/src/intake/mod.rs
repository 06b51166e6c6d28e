//! Takes in what a class has handed in.
//!
//! Only answers are taken: files with the name of an answer, which are copied into a folder of
//! our own. What cannot be read is a note, and never a stop.

mod choice;
mod class;
mod folder;
mod ids;
mod layout;
mod names;
mod sieve;
mod staging;
mod wanted;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use workbook::Fault;
use workbook::exercise::Exercise;

use crate::submission::Class;
use sieve::Sieve;
use staging::Staging;

/// Takes in the answers to some exercises from a folder of submissions. Their texts are copied to
/// a folder `answers` that nobody else writes to.
///
/// # Errors
///
/// If the submissions cannot be read as a whole, or a copy cannot be written.
pub fn collect(
    submissions: &Path,
    answers: &Path,
    exercises: &[Arc<Exercise>],
) -> Result<Class, Fault> {
    fs::metadata(submissions).map_err(Fault::of(submissions.display()))?;
    let staging = Staging::new(answers)?;
    let mut sieve = Sieve::new(exercises, &staging);
    folder::read(submissions, &mut sieve)?;
    let (submissions, notes) = layout::submissions(sieve.found);
    let class = class::of(submissions, exercises, &staging)?;
    Ok(Class { notes, ..class })
}
