//! Puts the stub back, and keeps what was there beside it.
//!
//! The copy is there, whole, before the file is touched, and the file is replaced in one
//! step: whenever this is ended half-way, the learner's text is in one of the two.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tempfile::NamedTempFile;

use crate::standing::same;
use crate::state::State;
use crate::{Fault, Workbook};

/// Does it.
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
        Some(old) if same(&old, &String::from_utf8_lossy(&text)) => {
            println!("{file} is the stub already: there is nothing to reset");
            return Ok(ExitCode::SUCCESS);
        }
        Some(_) => Some(keep(&path).map_err(|fault| {
            Fault(format!("{fault}\nyour file could not be copied, so {file} is left as it is"))
        })?),
        None => None,
    };
    write(&path, &text, &stub)?.persist(&path).map_err(Fault::of(&file))?;
    State::of(&answer).forget();
    println!("{file} is the stub again");
    if let Some(kept) = kept {
        let kept = kept.strip_prefix(workbook.root()).unwrap_or(&kept).display();
        println!("yours is kept in {kept}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Copies a file to the first free name beside it: `retry.rs.1`, which is no Rust file to
/// cargo. A copy that is there already is as good as a new one.
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

/// A new file beside another, with the permissions of a third.
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
