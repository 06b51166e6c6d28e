//! `.zip`: the list of files is at the end, and says where each is.

use std::io::{Read, Seek};

use workbook::Fault;
use zip::ZipReadOptions;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::Reading;
use super::budget::Meter;
use crate::intake::sieve::Kind;

/// Reads an archive, file by file. The inner error says why it, or the rest of it, cannot be read.
pub(super) fn read(
    reader: impl Read + Seek,
    reading: &mut Reading<'_, '_>,
) -> Result<Result<(), String>, Fault> {
    let why = |error: ZipError| format!("expected a .zip archive; found: {error}");
    let mut archive = match ZipIterable::try_new(reader, Config::default()) {
        Ok(archive) => archive,
        Err(error) => return Ok(Err(why(error))),
    };
    let files = match archive.files() {
        Ok(files) => files,
        Err(error) => return Ok(Err(why(error))),
    };
    while let Some(file) = files.next() {
        let file = match file {
            Ok(file) => file,
            Err(error) => return Ok(Err(why(error))),
        };
        if let Err(why) = reading.budget.count_file() {
            return Ok(Err(why));
        }
        // Windows' own programs have written backslashes.
        let Some(path) = reading.path_of(&name(&file), b"/\\") else { continue };
        let kind = kind(&file);
        let is_encrypted = file.encrypted();
        let limit = reading.budget.bytes();
        let open = || {
            if is_encrypted {
                return Err("expected a file without a password, found an encrypted one".to_owned());
            }
            let content = file.with_reader(files.reader_mut(), ZipReadOptions::default());
            Ok(Meter::new(content.map_err(why)?, vec![limit]))
        };
        reading.file(&path, kind, open)?;
    }
    Ok(Ok(()))
}

/// Old programs do not say that a name is UTF-8, so what can be is taken as such; and else the
/// names are of the code page of DOS.
fn name(file: &ZipFileEntry<'_>) -> Vec<u8> {
    let raw = file.name_raw();
    match (str::from_utf8(raw), file.name()) {
        (Err(_), Ok(name)) => name.as_bytes().to_owned(),
        _ => raw.to_owned(),
    }
}

fn kind(file: &ZipFileEntry<'_>) -> Kind {
    // The type of a file in the modes of Unix.
    match file.unix_mode().map(|mode| mode & 0o170_000) {
        _ if file.is_dir() => Kind::Folder,
        None | Some(0 | 0o100_000) => Kind::File,
        Some(0o040_000) => Kind::Folder,
        Some(0o120_000) => Kind::Other("a symbolic link"),
        Some(_) => Kind::Other("a device, a pipe or a socket"),
    }
}
