//! `just grade-merge`: the grades of all shards become those of the class.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use workbook::Fault;

use super::finish;
use crate::merge::merge;
use crate::out::Out;

/// Runs the command.
///
/// # Errors
///
/// As [`merge`], and if the folder for the grades cannot be written to.
pub fn run(folders: &[PathBuf], out: &Path) -> Result<ExitCode, Fault> {
    let out = Out::open(out)?;
    finish(&merge(folders, &out)?, &out)
}
