//! What is kept of all the files in a folder or an archive: answers, and notes on what cannot be
//! read.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use workbook::Fault;
use workbook::exercise::Exercise;

use super::archive::{self, Format};
use super::names::{file_name, short};
use super::staging::{Staging, Text};
use super::wanted::{self, Likeness};

/// Folders inside each other, at most.
pub const DEEPEST: usize = 32;
/// Bytes of a path, at most.
const LONGEST: usize = 4096;

/// Looks at each file of a folder or an archive, and keeps what belongs to an answer.
#[derive(Debug)]
pub struct Sieve<'a> {
    exercises: &'a [Arc<Exercise>],
    staging: &'a Staging,
    /// What has been kept.
    pub found: Found,
}

/// What is kept. All paths are relative to the submissions, with `/` between their parts; an
/// archive is like a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Files and folders of the two topmost levels, and whether each has files in it.
    pub entries: BTreeMap<String, bool>,
    /// Files that have the name of an answer.
    pub answers: Vec<Answer>,
    /// What could not be read, and why: its path, and a sentence that names it.
    pub unread: Vec<(String, String)>,
}

/// A file that has the name of an answer.
#[derive(Debug)]
pub struct Answer {
    /// Its path.
    pub path: String,
    /// The exercise that it answers.
    pub exercise: Arc<Exercise>,
    /// How much its name is like the name of an answer.
    pub likeness: Likeness,
    /// A copy of it, or why it cannot be judged.
    pub text: Result<Text, String>,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Neither, in words: `a symbolic link`.
    Other(&'static str),
}

/// What to do with a file.
#[derive(Debug)]
pub enum Use {
    /// Leave it.
    Nothing,
    /// Give its content to [`Sieve::answer`].
    Answer,
    /// Read it as an archive.
    Archive(Format),
}

impl<'a> Sieve<'a> {
    /// Has kept nothing yet.
    pub fn new(exercises: &'a [Arc<Exercise>], staging: &'a Staging) -> Self {
        Self { exercises, staging, found: Found::default() }
    }

    /// Notes that there is a file, and says what to do with it.
    pub fn meet(&mut self, path: &str, kind: Kind) -> Use {
        let parts: Vec<&str> = path.split('/').collect();
        if path.len() > LONGEST || parts.len() > DEEPEST {
            let most = format!("{DEEPEST} folders and {LONGEST} bytes");
            self.unread(path, &format!("expected a path of at most {most}, found a longer one"));
            return Use::Nothing;
        }
        // The second part may be a learner; whoever knows that leaves out the rest.
        if parts.iter().skip(2).rev().skip(1).any(|folder| wanted::is_skipped(folder)) {
            return Use::Nothing;
        }
        for level in 1..=parts.len().min(2) {
            let has_files = level < parts.len() || kind == Kind::Folder;
            *self.found.entries.entry(parts[..level].join("/")).or_default() |= has_files;
        }
        let is_answer = wanted::answers(self.exercises, file_name(path)).is_some();
        match kind {
            Kind::File if is_answer => return Use::Answer,
            Kind::File => match archive::format(file_name(path)) {
                Some(Ok(format)) => return Use::Archive(format),
                Some(Err(why)) => self.unread(path, &why),
                None => {}
            },
            Kind::Folder => {}
            Kind::Other(what) if is_answer => {
                self.no_answer(path, format!("expected a regular file, found {what}"));
            }
            Kind::Other(what) => {
                self.unread(path, &format!("expected a file or a folder, found {what}"));
            }
        }
        Use::Nothing
    }

    /// Keeps a copy of an answer.
    pub fn answer(&mut self, path: &str, content: impl Read) -> Result<(), Fault> {
        let text = self.staging.copy(content)?;
        self.keep(path, text);
        Ok(())
    }

    /// Keeps that a file with the name of an answer cannot be judged.
    pub fn no_answer(&mut self, path: &str, why: String) {
        self.keep(path, Err(why));
    }

    /// Keeps that something cannot be read.
    pub fn unread(&mut self, path: &str, why: &str) {
        self.found.unread.push((path.to_owned(), format!("{}: {why}", short(path))));
    }

    fn keep(&mut self, path: &str, text: Result<Text, String>) {
        if let Some((exercise, likeness)) = wanted::answers(self.exercises, file_name(path)) {
            let exercise = exercise.clone();
            self.found.answers.push(Answer { path: path.to_owned(), exercise, likeness, text });
        }
    }
}
