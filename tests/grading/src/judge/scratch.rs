//! Folders for the answers that are being judged.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use workbook::Fault;

/// A folder that no other process uses. What a process that was killed has left there is removed
/// by the next one that takes the folder.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    _lock: File,
}

/// A folder for one answer. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Slot(PathBuf);

impl Scratch {
    /// Takes the first free one of the folders `1`, `2`, … in `parent`.
    pub fn take(parent: &Path) -> Result<Self, Fault> {
        fs::create_dir_all(parent).map_err(Fault::of(parent.display()))?;
        for number in 1.. {
            let folder = parent.join(number.to_string());
            let path = folder.with_extension("lock");
            let lock = File::create(&path).map_err(Fault::of(path.display()))?;
            match lock.try_lock() {
                Ok(()) => {
                    remove(&folder).map_err(Fault::of(folder.display()))?;
                    return Ok(Self { folder, _lock: lock });
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(Fault::of(path.display())(error)),
            }
        }
        unreachable!("the numbers do not end")
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The folder for the answer that is judged in a slot.
    pub fn slot(&self, slot: usize) -> Result<Slot, Fault> {
        let folder = self.folder.join(slot.to_string());
        let make = || {
            remove(&folder)?;
            fs::create_dir_all(&folder)
        };
        make().map_err(Fault::of(folder.display()))?;
        Ok(Slot(folder))
    }
}

impl Slot {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the slot is used again.
        let _ = remove(&self.0);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = remove(&self.folder);
    }
}

/// Lets every user read what is in a folder: programs in the jail run as others. What is above it
/// stays as it is.
pub(super) fn let_all_read(folder: &Path) -> Result<(), Fault> {
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(folder) {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.map_err(Fault::of(folder.display()))?;
        let mode = if entry.file_type().is_dir() { 0o755 } else { 0o644 };
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(entry.path(), mode).map_err(Fault::of(entry.path().display()))?;
    }
    Ok(())
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
