//! Submissions that a test makes, and what was taken in of them.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use grading::intake;
use grading::submission::{Attempt, Class, Learner};
use tempfile::TempDir;
use workbook::{Fault, Workbook};

/// A folder of submissions that a test fills.
pub struct Given {
    folder: Rc<TempDir>,
    submissions: PathBuf,
    roster: Option<PathBuf>,
    /// The folder for the copies.
    pub answers: PathBuf,
}

/// What was taken in; the copies are there for as long as this is.
pub struct Taken {
    class: Class,
    _folder: Rc<TempDir>,
}

impl Deref for Taken {
    type Target = Class;

    fn deref(&self) -> &Class {
        &self.class
    }
}

impl Given {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let submissions = folder.path().join("submissions");
        fs::create_dir(&submissions).expect("a folder");
        let answers = folder.path().join("answers");
        Self { folder: Rc::new(folder), submissions, roster: None, answers }
    }

    /// One archive of all.
    pub fn archive(name: &str, content: impl AsRef<[u8]>) -> Self {
        let mut given = Self::new();
        given.submissions = given.folder.path().join(name);
        fs::write(&given.submissions, content).expect("a file");
        given
    }

    /// The folder of the submissions.
    pub fn submissions(&self) -> &Path {
        &self.submissions
    }

    /// Adds a file to the submissions.
    pub fn file(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        let path = self.submissions().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Adds a roster.
    pub fn roster(mut self, text: &str) -> Self {
        let path = self.folder.path().join("roster.csv");
        fs::write(&path, text).expect("a file");
        self.roster = Some(path);
        self
    }

    pub fn collect(&self) -> Taken {
        let class = self.try_collect().expect("the submissions can be taken in");
        Taken { class, _folder: self.folder.clone() }
    }

    pub fn try_collect(&self) -> Result<Class, Fault> {
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        let roster = self.roster.as_deref();
        intake::collect(&self.submissions, roster, &self.answers, workbook.exercises())
    }
}

/// The ids of all learners.
pub fn ids(class: &Class) -> Vec<&str> {
    class.learners.keys().map(String::as_str).collect()
}

/// The only learner.
pub fn only(class: &Class) -> &Learner {
    assert_eq!(class.learners.len(), 1, "{:?}", class.learners.keys());
    class.learners.values().next().expect("there is one")
}

/// The only attempt of a learner at an exercise.
pub fn attempt(learner: &Learner, exercise: u32) -> &Attempt {
    let attempts = learner.attempts.get(&exercise).map_or(&[][..], Vec::as_slice);
    assert_eq!(attempts.len(), 1, "{learner:#?}");
    &attempts[0]
}

/// The text of an attempt's copy, or why there is none.
pub fn text(attempt: &Attempt) -> Result<String, &str> {
    let answer = attempt.answer.as_ref().map_err(String::as_str)?;
    Ok(fs::read_to_string(&answer.path).expect("the copy is there"))
}

/// The texts of a learner's attempts at exercise 4, by their learners' ids; an error is `!`.
pub fn semaphores(class: &Class) -> Vec<(&str, Vec<String>)> {
    let texts = |learner: &Learner| {
        let attempts = learner.attempts.get(&4).into_iter().flatten();
        attempts.map(|attempt| text(attempt).unwrap_or("!".to_owned())).collect()
    };
    class.learners.iter().map(|(id, learner)| (&**id, texts(learner))).collect()
}
