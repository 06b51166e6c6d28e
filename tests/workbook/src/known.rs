//! Answers whose verdict is known: the designs of an exercise, which are right, and its bugs,
//! which are wrong.
//!
//! A bug is a patch on a right answer. Its file, `tests/N-name/bugs/<name>.patch`, first says
//! what is wrong, what that shows, and which check has to catch it; a unified diff follows, whose
//! paths are relative to the root of the workbook.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use diffy::{DiffOptions, Patch};

use crate::exercise::Exercise;
use crate::{Fault, Workbook, read};

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
        Self::read_on(workbook, path, |base| read(&workbook.root().join(base)))
    }

    /// As [`read`](Self::read), with the text of the base taken from elsewhere.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and if `base` fails.
    pub fn read_on(
        workbook: &Workbook,
        path: &Path,
        base: impl FnOnce(&Path) -> Result<String, Fault>,
    ) -> Result<Self, Fault> {
        let file = path.strip_prefix(workbook.root()).unwrap_or(path).display();
        let text = read(path)?;
        let lacks = |what: &str| Fault(format!("{file}: {what}"));
        let (header, diff) = match text.find("\n--- a/") {
            Some(at) => text.split_at(at + 1),
            None => return Err(lacks("there is no diff, which begins with `--- a/`")),
        };
        // What `git diff` writes before that line.
        let header = header.split("diff --git ").next().unwrap_or(header);
        let (description, caught_by) = header
            .split_once(CAUGHT_BY)
            .ok_or_else(|| lacks("there is no line `Caught by: check_name` before the diff"))?;
        if description.trim().is_empty() {
            return Err(lacks("its first lines have to say what is wrong"));
        }
        let path = diff.lines().next().and_then(|line| line.strip_prefix("--- a/"));
        let path = PathBuf::from(path.unwrap_or_default().trim_end());
        let patch = Patch::from_str(diff).map_err(Fault::of(&file))?;
        let text = diffy::apply(&base(&path)?, &patch)
            .map_err(Fault::of(format!("{file} no longer applies to {}", path.display())))?;
        Ok(Self {
            description: description.trim().to_owned(),
            caught_by: caught_by.split(',').map(|name| name.trim().to_owned()).collect(),
            base: path,
            diff: diff.to_owned(),
            text,
        })
    }

    /// The same mistake on a newer text of its base. `old` is the text that it was made on.
    ///
    /// # Errors
    ///
    /// If both changed the same lines, or nothing is left of the mistake.
    pub fn carried_over(&self, old: &str, new: &str) -> Result<Self, Fault> {
        let text = diffy::merge(old, new, &self.text)
            .map_err(|_| Fault("it changes lines that its base has changed, too".to_owned()))?;
        if text == new {
            return Err(Fault("its base has the same change: nothing is left of it".to_owned()));
        }
        let base = self.base.display().to_string().replace('\\', "/");
        let diff = DiffOptions::new()
            .set_original_filename(format!("a/{base}"))
            .set_modified_filename(format!("b/{base}"))
            .create_patch(new, &text)
            .to_string();
        Ok(Self {
            description: self.description.clone(),
            caught_by: self.caught_by.clone(),
            base: self.base.clone(),
            diff,
            text,
        })
    }
}

/// The text of its file.
impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { description, caught_by, diff, .. } = self;
        write!(f, "{description}\n\n{CAUGHT_BY}{}\n\n{diff}", caught_by.join(", "))
    }
}

/// The files in a folder that have this extension, by name.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<BTreeMap<String, PathBuf>, Fault> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(Fault::of(folder.display()))? {
        let path = entry.map_err(Fault::of(folder.display()))?.path();
        match (path.file_stem(), path.extension()) {
            (Some(name), Some(end)) if end == extension => {
                files.insert(name.to_string_lossy().into_owned(), path);
            }
            _ => return Err(Fault(format!("{} is not a .{extension}", path.display()))),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

    /// A bug that says `four` where `FOUR` stands in its text.
    fn bug() -> Bug {
        Bug {
            description: "It shouts.".to_owned(),
            caught_by: vec!["nobody_shouts".to_owned()],
            base: "solutions/1-whisper/src/whisper.rs".into(),
            diff: String::new(),
            text: OLD.replace("four", "FOUR"),
        }
    }

    #[test]
    fn a_bug_follows_its_base() {
        let new = OLD.replace("one", "zero\none");
        let carried = bug().carried_over(OLD, &new).expect("they change other lines");
        assert_eq!(carried.text, new.replace("four", "FOUR"));
        let expected = "It shouts.\n\nCaught by: nobody_shouts\n\n\
                        --- a/solutions/1-whisper/src/whisper.rs\n\
                        +++ b/solutions/1-whisper/src/whisper.rs\n\
                        @@ -2,7 +2,7 @@\n one\n two\n three\n-four\n+FOUR\n five\n six\n seven\n";
        assert_eq!(carried.to_string(), expected);
    }

    #[test]
    fn a_bug_that_cannot_follow_its_base_says_why() {
        let fault = bug().carried_over(OLD, &OLD.replace("four", "Four")).expect_err("a conflict");
        assert!(fault.0.contains("that its base has changed, too"), "{fault}");
        let fault = bug().carried_over(OLD, &OLD.replace("four", "FOUR")).expect_err("nothing");
        assert!(fault.0.contains("nothing is left"), "{fault}");
    }
}
