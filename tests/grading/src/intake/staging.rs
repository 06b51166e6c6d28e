//! Copies of answers' texts.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};
use workbook::Fault;
use workbook::answer::LARGEST_ANSWER;

use crate::submission::{AnswerFile, sha256};

/// Holds the copies until it is known whose they are.
const INCOMING: &str = ".incoming";

/// The folder that answers' texts are copied to.
#[derive(Debug)]
pub struct Staging {
    answers: PathBuf,
    incoming: PathBuf,
}

/// A copy of a text, which is removed with this.
#[derive(Debug)]
pub struct Text {
    path: TempPath,
    sha256: String,
}

impl Text {
    /// The SHA-256 of the text, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl Staging {
    /// Makes the folder. What an earlier run that was stopped has left in it is removed.
    pub fn new(answers: &Path) -> Result<Self, Fault> {
        let incoming = answers.join(INCOMING);
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(Fault::of(incoming.display()))?;
        }
        fs::create_dir_all(&incoming).map_err(Fault::of(incoming.display()))?;
        Ok(Self { answers: answers.to_owned(), incoming })
    }

    /// Copies a text. The inner error says why it cannot be an answer.
    pub fn copy(&self, from: impl Read) -> Result<Result<Text, String>, Fault> {
        let mut bytes = Vec::new();
        if let Err(error) = from.take(LARGEST_ANSWER + 1).read_to_end(&mut bytes) {
            return Ok(Err(unreadable(&error)));
        }
        if let Err(why) = workbook::answer::check_text(&bytes) {
            return Ok(Err(why));
        }
        let fault = || Fault::of(self.incoming.display());
        let mut file = NamedTempFile::new_in(&self.incoming).map_err(fault())?;
        file.write_all(&bytes).map_err(fault())?;
        Ok(Ok(Text { path: file.into_temp_path(), sha256: sha256(&bytes) }))
    }

    /// Gives a text to a learner, in a file of their own. Another of its name has the same text.
    pub fn keep(&self, text: &Text, id: &str, exercise: &str) -> Result<AnswerFile, Fault> {
        let folder = self.answers.join(id);
        let path = folder.join(format!("{}-{exercise}.rs", &text.sha256[..16]));
        let fault = || Fault::of(path.display());
        fs::create_dir_all(&folder).map_err(fault())?;
        let mut from = File::open(&text.path).map_err(fault())?;
        let mut to = NamedTempFile::new_in(&self.incoming).map_err(fault())?;
        io::copy(&mut from, &mut to).map_err(fault())?;
        to.persist(&path).map_err(|error| fault()(error.error))?;
        Ok(AnswerFile { path, sha256: text.sha256.clone() })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What stays is removed by the next run.
        let _ = fs::remove_dir(&self.incoming);
    }
}

/// Why a file cannot be read.
pub fn unreadable(error: &io::Error) -> String {
    format!("expected a file that can be read; found: {error}")
}
