//! What a program in the jail has.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where systems keep what a linker needs, besides the libraries that every room has. Not all of
/// them exist everywhere.
pub const LINKERS: [&str; 4] = ["/bin", "/usr/bin", "/usr/libexec", "/etc/alternatives"];

/// What a program in the jail has of the host, and how much of it.
#[derive(Clone, Debug)]
pub struct Room {
    /// The files and folders that it can read, besides the system's libraries and itself. What
    /// does not exist is left out.
    pub readable: Vec<PathBuf>,
    /// The files and folders that it can write. They exist, and become those of the user that it
    /// runs as.
    pub writable: Vec<PathBuf>,
    /// The folder that it starts in.
    pub folder: PathBuf,
    /// Its whole environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// How much it may use.
    pub limits: Limits,
}

/// How much a program and all that it starts may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Processor time, in whole seconds.
    pub processor_time: Duration,
    /// Bytes of memory.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Bytes in one file.
    pub file_size: u64,
    /// Files that one process has open.
    pub open_files: u64,
}

/// Makes a file, or a folder with all that is in it, the user's.
#[cfg(target_os = "linux")]
pub(super) fn give(path: &std::path::Path, user: u32) -> std::io::Result<()> {
    std::os::unix::fs::lchown(path, Some(user), Some(user))?;
    if std::fs::symlink_metadata(path)?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            give(&entry?.path(), user)?;
        }
    }
    Ok(())
}
