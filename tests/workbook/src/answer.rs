//! An answer that can be judged: a package, and the one file in it that is somebody's own.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Fault;
use crate::exercise::Exercise;

/// Where an answer to an exercise is.
#[derive(Clone, Debug)]
pub struct AnswerSource {
    /// What it is an answer to.
    pub exercise: Arc<Exercise>,
    /// Its package: `exercise-4`, or `solution-4`.
    pub package: String,
    /// The workspace that the package is in.
    pub workspace: PathBuf,
    /// The answer's file, relative to the workspace.
    pub file: PathBuf,
    /// Who wrote it.
    pub owner: Owner,
}

/// Who wrote an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The learner whose workbook this is.
    Learner,
    /// The authors of the workbook.
    Workbook,
}

impl AnswerSource {
    /// The path of its file.
    pub fn path(&self) -> PathBuf {
        self.workspace.join(&self.file)
    }

    /// The text of its file, or `None` if there is no such file.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be read.
    pub fn read(&self) -> Result<Option<String>, Fault> {
        match fs::read(self.path()) {
            // What is not UTF-8 does not compile either; the compiler says so.
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::of(self.file.display())(error)),
        }
    }

    /// The fault that its file is missing, with the command that brings one back.
    pub fn missing(&self) -> Fault {
        let (file, package) = (self.file.display(), &self.package);
        Fault(format!("{file} is missing; to get the stub back: just reset {package}"))
    }
}
