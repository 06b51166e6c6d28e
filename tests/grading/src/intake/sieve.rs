//! What is kept of all the files in a folder or an archive: answers, what platforms say of them,
//! and notes on what cannot be read.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use workbook::Fault;
use workbook::exercise::Exercise;

use super::archive::{self, Format};
use super::names::{file_name, short};
use super::platform::{self, Person, blackboard, gradescope};
use super::staging::{Staging, Text, unreadable};
use super::wanted::{self, Likeness};

/// Folders inside each other, at most.
pub const DEEPEST: usize = 32;
/// Bytes of a path, at most.
const LONGEST: usize = 4096;
/// Bytes that are read of what a platform says, at most.
const LARGEST_METADATA: u64 = 256 * 1024 * 1024;
/// Bytes that are read of a text of which the first line matters.
const FIRST_LINE: u64 = 4096;

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
    /// Files that have another name, by their paths, but for hidden ones.
    pub others: Vec<String>,
    /// What could not be read, and why: its path, and a sentence that names it.
    pub unread: Vec<(String, String)>,
    /// What Gradescope says, or why that cannot be read, by the path of the file.
    pub gradescope: BTreeMap<String, Result<gradescope::Metadata, String>>,
    /// Who has handed something in, by the path of Blackboard's text.
    pub blackboard: BTreeMap<String, Person>,
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
    /// Whether there is something before that in the file's name. Only a file that is a submission
    /// by itself may be called so.
    pub is_labelled: bool,
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
    /// Give its content to [`Sieve::take`].
    Content,
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
        // The second part may be a learner; whoever knows that leaves out the rest.
        let is_skipped = |folder: &&str| wanted::is_skipped(folder);
        if wanted::is_of_system(parts[0]) || parts.iter().skip(2).rev().skip(1).any(is_skipped) {
            return Use::Nothing;
        }
        let is_answer = self.answer_at(path).is_some();
        for level in 1..=parts.len().min(2) {
            let is_inside = level < parts.len();
            if is_inside || is_answer || !matches!(kind, Kind::Other(_)) {
                let has_files = is_inside || kind == Kind::Folder;
                *self.found.entries.entry(parts[..level].join("/")).or_default() |= has_files;
            }
        }
        if path.len() > LONGEST || parts.len() > DEEPEST {
            let most = format!("{DEEPEST} folders and {LONGEST} bytes");
            self.unread(path, &format!("expected a path of at most {most}, found a longer one"));
            return Use::Nothing;
        }
        match kind {
            Kind::File if is_answer || self.is_metadata(path) => return Use::Content,
            Kind::File => match archive::format(file_name(path)) {
                Some(Ok(format)) => return Use::Archive(format),
                Some(Err(why)) => self.unread(path, &why),
                None if file_name(path).starts_with('.') => {}
                None => self.found.others.push(path.to_owned()),
            },
            Kind::Folder => {}
            Kind::Other(what) if is_answer => {
                self.keep(path, Err(format!("expected a regular file, found {what}")));
            }
            Kind::Other(what) => {
                self.unread(path, &format!("expected a file or a folder, found {what}"));
            }
        }
        Use::Nothing
    }

    /// Takes the content of a file, or why it cannot be read.
    pub fn take(&mut self, path: &str, content: Result<impl Read, String>) -> Result<(), Fault> {
        let content = match content {
            Ok(content) => content,
            Err(why) if self.answer_at(path).is_some() => {
                self.keep(path, Err(why));
                return Ok(());
            }
            Err(why) => {
                self.unread(path, &why);
                return Ok(());
            }
        };
        if self.answer_at(path).is_some() {
            let text = self.staging.copy(content)?;
            self.keep(path, text);
        } else if file_name(path) == gradescope::METADATA {
            let metadata = gradescope::read(content.take(LARGEST_METADATA));
            self.found.gradescope.insert(path.to_owned(), metadata);
        } else {
            let mut text = Vec::new();
            match content.take(FIRST_LINE).read_to_end(&mut text) {
                Ok(_) => {
                    let person = blackboard::person(&String::from_utf8_lossy(&text));
                    self.found.blackboard.extend(person.map(|person| (path.to_owned(), person)));
                }
                Err(error) => self.unread(path, &unreadable(&error)),
            }
        }
        Ok(())
    }

    /// Keeps that something cannot be read.
    pub fn unread(&mut self, path: &str, why: &str) {
        self.found.unread.push((path.to_owned(), format!("{}: {why}", short(path))));
    }

    fn keep(&mut self, path: &str, text: Result<Text, String>) {
        if let Some((exercise, likeness, is_labelled)) = self.answer_at(path) {
            let path = path.to_owned();
            self.found.answers.push(Answer { path, exercise, likeness, is_labelled, text });
        }
    }

    /// The exercise that a file answers, how like its name is, and whether it is labelled.
    fn answer_at(&self, path: &str) -> Option<(Arc<Exercise>, Likeness, bool)> {
        let name = file_name(path);
        if let Some((exercise, likeness)) = wanted::answers(self.exercises, name) {
            return Some((exercise.clone(), likeness, false));
        }
        if !may_be_submission(path) {
            return None;
        }
        let name = platform::file_name(name, self.exercises)?;
        let (exercise, likeness) = wanted::answers(self.exercises, &name)?;
        Some((exercise.clone(), likeness, true))
    }

    /// Whether a file says something of the submissions beside it.
    fn is_metadata(&self, path: &str) -> bool {
        let name = file_name(path);
        let is_receipt = || blackboard::receipt_of(name).is_some_and(|receipt| receipt == name);
        may_be_submission(path)
            && (name == gradescope::METADATA || is_receipt())
            // In the first of several folders it would be a learner's own.
            && (!path.contains('/') || self.has_one_entry())
    }

    fn has_one_entry(&self) -> bool {
        self.found.entries.keys().filter(|path| !path.contains('/')).nth(1).is_none()
    }
}

/// Whether something may be a submission by itself, from how deep it is.
fn may_be_submission(path: &str) -> bool {
    path.matches('/').count() < 2
}
