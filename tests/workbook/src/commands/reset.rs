//! Puts the stub back, and keeps the learner's file beside it.
//!
//! The copy is complete before the file is touched, and the file is replaced in one step. So
//! whenever this is interrupted, one of the two has the learner's text.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tempfile::NamedTempFile;

use crate::state::State;
use crate::status::same_lines;
use crate::{Fault, Workbook, terminal};

/// Runs the command.
///
/// # Errors
///
/// If there is no such exercise, or a file cannot be read or written.
pub fn run(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let answer = workbook.find_learners(name)?;
    let (path, file) = (answer.path(), answer.file.display());
    let stub = answer.exercise.stub();
    let text = fs::read(&stub).map_err(Fault::of(stub.display()))?;
    let kept = match answer.read()? {
        Some(old) if same_lines(&old, &String::from_utf8_lossy(&text)) => {
            terminal::print(&format!("{file} is already the stub: there is nothing to reset\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(_) => Some(keep(&path).map_err(|fault| {
            Fault(format!("{fault}\nyour file could not be copied, so {file} is left as it is"))
        })?),
        None => None,
    };
    write(&path, &text, &stub)?.persist(&path).map_err(Fault::of(&file))?;
    State::of(&answer).forget();
    let mut message = format!("{file} is the stub again\n");
    if let Some(kept) = kept {
        let kept = kept.strip_prefix(workbook.root()).unwrap_or(&kept).display();
        message += &format!("your file is kept as {kept}\n");
    }
    terminal::print(&message)?;
    Ok(ExitCode::SUCCESS)
}

/// Copies a file to the first free name beside it, such as `retry.rs.1`, which cargo does not
/// take for a Rust file. An older copy with the same text is as good as a new one.
fn keep(path: &Path) -> Result<PathBuf, Fault> {
    let text = fs::read(path).map_err(Fault::of(path.display()))?;
    let mut copy = write(path, &text, path)?;
    for number in 1u32.. {
        let free = path.with_added_extension(number.to_string());
        if fs::read(&free).is_ok_and(|kept| kept == text) {
            return Ok(free);
        }
        copy = match copy.persist_noclobber(&free) {
            Ok(_) => return Ok(free),
            Err(taken) if free.symlink_metadata().is_ok() => taken.file,
            Err(error) => return Err(Fault::of(free.display())(error)),
        };
    }
    Err(Fault(format!("{}: there is no free name beside it", path.display())))
}

/// Writes a new temporary file beside another one, with the permissions of a third.
fn write(beside: &Path, text: &[u8], like: &Path) -> Result<NamedTempFile, Fault> {
    let folder = beside.parent().unwrap_or(beside);
    let new = || -> std::io::Result<NamedTempFile> {
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text)?;
        file.as_file().set_permissions(fs::metadata(like)?.permissions())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    new().map_err(Fault::of(folder.display()))
}
