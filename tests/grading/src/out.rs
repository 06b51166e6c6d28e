//! The folder that the grades are written to.

use std::fs::{self, File, TryLockError};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use tempfile::NamedTempFile;
use workbook::Fault;

use crate::gradebook::Gradebook;

/// Marks a folder as ours, and is locked while a run writes there.
const LOCK: &str = ".grading";
/// The folder for what a later run has replaced.
const EARLIER: &str = "earlier";

/// A folder of grades that no other run writes to.
#[derive(Debug)]
pub struct Out {
    folder: PathBuf,
    /// Where this run keeps what it replaces.
    earlier: PathBuf,
    _lock: File,
}

impl Out {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    ///
    /// If it has files in it and is not a folder of grades, if another run writes to it, or if it
    /// cannot be written to.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        let shown = folder.display();
        fs::create_dir_all(folder).map_err(Fault::of(&shown))?;
        let is_empty = fs::read_dir(folder).map_err(Fault::of(&shown))?.next().is_none();
        let path = folder.join(LOCK);
        if !is_empty && !path.exists() {
            return Err(Fault(format!(
                "{shown} has files in it that are not grades; name a new folder: --out FOLDER"
            )));
        }
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(Fault::of(path.display()))?;
        match lock.try_lock() {
            Ok(()) => {
                let now = Timestamp::now().strftime("%Y-%m-%dT%H-%M-%S%.fZ").to_string();
                let earlier = folder.join(EARLIER).join(now);
                Ok(Self { folder: folder.to_owned(), earlier, _lock: lock })
            }
            Err(TryLockError::WouldBlock) => {
                Err(Fault(format!("another run is writing to {shown} now")))
            }
            Err(TryLockError::Error(error)) => Err(Fault::of(path.display())(error)),
        }
    }

    /// Its path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a value as JSON. The file has either its old content or the whole new one.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write_json<T: Serialize>(&self, path: &str, value: &T) -> Result<(), Fault> {
        let path = self.folder.join(path);
        let mut text = serde_json::to_vec_pretty(value).map_err(Fault::of(path.display()))?;
        text.push(b'\n');
        write(&path, &text)
    }

    /// Writes the gradebook. If it says something else than the one that is there, that one is
    /// kept in `earlier/`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written.
    pub fn write_gradebook(&self, gradebook: &Gradebook) -> Result<(), Fault> {
        let mut text = serde_json::to_vec_pretty(gradebook).map_err(Fault::of(Gradebook::FILE))?;
        text.push(b'\n');
        self.replace(Gradebook::FILE, &text)
    }

    /// Writes a file that people may have written into. If it says something else than the one
    /// that is there, that one is kept in `earlier/`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written.
    pub fn replace(&self, path: &str, text: &[u8]) -> Result<(), Fault> {
        let file = self.folder.join(path);
        match fs::read(&file) {
            Ok(there) if there == text => return Ok(()),
            Ok(there) => write(&self.earlier.join(path), &there)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Fault::of(file.display())(error)),
        }
        write(&file, text)
    }

    /// Moves a file into `earlier/`.
    ///
    /// # Errors
    ///
    /// If that cannot be done.
    pub fn retire(&self, path: &str) -> Result<(), Fault> {
        let (from, to) = (self.folder.join(path), self.earlier.join(path));
        let folder = to.parent().unwrap_or(&self.earlier);
        fs::create_dir_all(folder).map_err(Fault::of(folder.display()))?;
        fs::rename(&from, &to).map_err(Fault::of(from.display()))
    }
}

/// Writes a file and the folders that it is in. It has either its old content or the whole new
/// one, whenever the process is killed.
///
/// # Errors
///
/// If it cannot be written.
pub fn write(path: &Path, text: &[u8]) -> Result<(), Fault> {
    write_with(path, |file| file.write_all(text).map_err(Fault::of(path.display())))
}

/// Writes a file as [`write`] does, piece by piece.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let fault = || Fault::of(path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(fault())?;
    let mut new = BufWriter::new(NamedTempFile::new_in(folder).map_err(fault())?);
    write(&mut new)?;
    let new = new.into_inner().map_err(|error| fault()(error.into_error()))?;
    new.persist(path).map_err(|error| fault()(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradebook::Isolation;

    fn gradebook(isolation: Isolation) -> Gradebook {
        Gradebook {
            folder: PathBuf::new(),
            isolation,
            shard: None,
            deadline: None,
            exercises: Vec::new(),
            notes: Vec::new(),
            learners: Vec::new(),
        }
    }

    #[test]
    fn a_folder_of_other_files_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("thesis.txt"), "years of work").expect("a file");
        let fault = Out::open(folder.path()).expect_err("it is somebody's");
        assert!(fault.0.contains("not grades"), "{fault}");
    }

    #[test]
    fn one_run_at_a_time_writes_to_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = Out::open(folder.path()).expect("it is empty");
        let fault = Out::open(folder.path()).expect_err("somebody writes there");
        assert!(fault.0.contains("another run"), "{fault}");
        drop(out);
        Out::open(folder.path()).expect("it is free again");
    }

    #[test]
    fn what_is_replaced_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = Out::open(folder.path()).expect("it is empty");
        let earlier = || fs::read_dir(folder.path().join(EARLIER)).map_or(0, Iterator::count);
        out.write_gradebook(&gradebook(Isolation::Landlock)).expect("written");
        out.replace("gradebook.csv", b"a table").expect("written");
        out.write_gradebook(&gradebook(Isolation::Landlock)).expect("written");
        out.replace("gradebook.csv", b"a table").expect("written");
        assert_eq!(earlier(), 0, "they say the same");

        fs::write(folder.path().join("gradebook.csv"), "a remark by hand").expect("written");
        out.write_gradebook(&gradebook(Isolation::Bubblewrap)).expect("written");
        out.replace("gradebook.csv", b"a table").expect("written");
        assert_eq!(earlier(), 1);
        let kept = |file| fs::read_to_string(out.earlier.join(file)).expect("it is kept");
        assert_eq!(kept("gradebook.csv"), "a remark by hand");
        assert!(kept(Gradebook::FILE).contains("landlock"));

        out.retire("gradebook.csv").expect("moved");
        assert_eq!(kept("gradebook.csv"), "a table");
        assert!(!folder.path().join("gradebook.csv").exists());
    }
}
