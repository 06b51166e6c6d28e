//! Answers whose verdict is known: the designs of an exercise, which are right, and its bugs,
//! which are wrong.
//!
//! A bug is a patch on a right answer. Its file, `tests/N-name/bugs/<name>.patch`, first says
//! what is wrong, what that shows, and which check has to catch it; a unified diff follows, whose
//! paths are relative to the root of the workbook.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diffy::Patch;

use crate::exercise::Exercise;
use crate::{Fault, Workbook};

/// Before the names of the checks that have to catch a bug.
const CAUGHT_BY: &str = "Caught by: ";

/// A wrong answer.
#[derive(Debug)]
pub struct Bug {
    /// What is wrong, and what that shows.
    pub description: String,
    /// The names of the checks that have to catch it: mostly one.
    pub caught_by: Vec<String>,
    /// The right answer that it is a change of, relative to the root of the workbook.
    pub base: PathBuf,
    /// The unified diff.
    pub diff: String,
    /// The text of the answer.
    pub text: String,
}

/// The texts of the designs of an exercise, by name.
///
/// # Errors
///
/// If one cannot be read, or there is something else in their folder.
pub fn designs(exercise: &Exercise) -> Result<BTreeMap<String, String>, Fault> {
    let files = files(&exercise.tests.join("designs"), "rs")?;
    files.into_iter().map(|(name, path)| Ok((name, read(&path)?))).collect()
}

/// The bugs of an exercise, by name.
///
/// # Errors
///
/// As [`Bug::read`] for one of them, or if there is something else in their folder.
pub fn bugs(workbook: &Workbook, exercise: &Exercise) -> Result<BTreeMap<String, Bug>, Fault> {
    let files = files(&exercise.tests.join("bugs"), "patch")?;
    files.into_iter().map(|(name, path)| Ok((name, Bug::read(workbook, &path)?))).collect()
}

impl Bug {
    /// Reads a patch, and applies it to its base.
    ///
    /// # Errors
    ///
    /// If it cannot be read, does not have the form that this module describes, or no longer
    /// applies.
    pub fn read(workbook: &Workbook, path: &Path) -> Result<Self, Fault> {
        let file = path.strip_prefix(workbook.root()).unwrap_or(path).display();
        let text = read(path)?;
        let lacks = |what: &str| Fault(format!("{file}: {what}"));
        let (header, diff) = match text.find("\n--- a/") {
            Some(at) => text.split_at(at + 1),
            None => return Err(lacks("there is no diff, which begins with `--- a/`")),
        };
        let (description, caught_by) = header
            .split_once(CAUGHT_BY)
            .ok_or_else(|| lacks("there is no line `Caught by: check_name` before the diff"))?;
        if description.trim().is_empty() {
            return Err(lacks("its first lines have to say what is wrong"));
        }
        let base = diff.lines().next().and_then(|line| line.strip_prefix("--- a/"));
        let base = PathBuf::from(base.unwrap_or_default().trim_end());
        let patch = Patch::from_str(diff).map_err(Fault::of(&file))?;
        let answer = diffy::apply(&read(&workbook.root().join(&base))?, &patch)
            .map_err(Fault::of(format!("{file} no longer applies to {}", base.display())))?;
        Ok(Self {
            description: description.trim().to_owned(),
            caught_by: caught_by.split(',').map(|name| name.trim().to_owned()).collect(),
            base,
            diff: diff.to_owned(),
            text: answer,
        })
    }
}

/// The files in a folder that have this extension, by name.
fn files(folder: &Path, extension: &str) -> Result<BTreeMap<String, PathBuf>, Fault> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(Fault::of(folder.display()))? {
        let path = entry.map_err(Fault::of(folder.display()))?.path();
        match (path.file_stem(), path.extension()) {
            (Some(name), Some(end)) if end == extension => {
                files.insert(name.to_string_lossy().into_owned(), path);
            }
            // TODO: until all bugs are patches.
            (_, Some(end)) if end == "rs" && extension == "patch" => {}
            _ => return Err(Fault(format!("{} is not a .{extension}", path.display()))),
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(Fault::of(path.display()))
}
