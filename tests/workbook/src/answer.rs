//! An answer that can be judged: a package, and the one file in it that is somebody's own.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Fault;
use crate::exercise::Exercise;

/// The size of the largest answer, in bytes: some fifty times that of a solution.
pub const LARGEST_ANSWER: u64 = 512 * 1024;

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

    /// The text of its file, or `None` if there is no such file. Of a file that is not UTF-8, the
    /// text is what can be read.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be read.
    pub fn read(&self) -> Result<Option<String>, Fault> {
        let bytes = self.bytes()?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Why its file cannot be an answer, if there is one.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn check_text(&self) -> Result<Result<(), String>, Fault> {
        let checked = self.bytes()?.map_or(Ok(()), |bytes| check_text(&bytes));
        Ok(checked.map_err(|why| format!("{}: {why}", self.file.display())))
    }

    fn bytes(&self) -> Result<Option<Vec<u8>>, Fault> {
        let file = self.file.display();
        match fs::read(self.path()) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                let package = &self.package;
                Err(Fault(format!(
                    "{file} is a folder, and should be your file; remove it, and get the stub back: \
                     just reset {package}"
                )))
            }
            Err(error) => Err(Fault::of(format!("{file} cannot be read"))(error)),
        }
    }

    /// The fault that its file is missing, with the command that brings one back.
    pub fn missing(&self) -> Fault {
        let (file, package) = (self.file.display(), &self.package);
        Fault(format!("{file} is missing; to get the stub back: just reset {package}"))
    }
}

/// Whether the content of a file can be an answer: a UTF-8 text that is not too large.
///
/// # Errors
///
/// If it cannot, with what was expected and what was found.
pub fn check_text(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() as u64 > LARGEST_ANSWER {
        let most = LARGEST_ANSWER / 1024;
        return Err(format!("expected an answer of at most {most} KiB, found a larger file"));
    }
    let Err(error) = str::from_utf8(bytes) else { return Ok(()) };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("expected a UTF-8 text, found UTF-16: save the file as UTF-8".to_owned());
    }
    let before = &bytes[..error.valid_up_to()];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let byte = bytes[error.valid_up_to()];
    Err(format!(
        "expected a UTF-8 text, found the byte 0x{byte:02x} in line {line}: save the file as UTF-8"
    ))
}
