//! `.tar.gz`: files one after the other, without a list.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};
use workbook::Fault;

use super::Reading;
use super::budget::{Limit, Meter};
use crate::intake::sieve::Kind;
use crate::intake::staging::unreadable;

/// An archive may unpack to so many times its size: text rarely to more than 20 times.
const MOST_UNPACKED: u64 = 200;
/// What may be between two files: headers and names, which are held in memory.
const BETWEEN_FILES: u64 = 64 * 1024;

/// Reads an archive of a size in bytes. The inner error says why it, or the rest of it, cannot be
/// read.
pub(super) fn read(
    reader: impl Read,
    size: u64,
    reading: &mut Reading<'_, '_>,
) -> Result<Result<(), String>, Fault> {
    let times = format!("more than {MOST_UNPACKED} times its size when it is unpacked");
    // Small archives may have much padding.
    let unpacked = Limit::new(size.saturating_mul(MOST_UNPACKED).max(BETWEEN_FILES), &times);
    let between = Limit::new(BETWEEN_FILES, "a name that is too long");
    let limits = vec![reading.budget.bytes(), unpacked, between.clone()];
    let mut archive = Archive::new(Meter::new(MultiGzDecoder::new(reader), limits));
    let files = match archive.entries() {
        Ok(files) => files,
        Err(error) => return Ok(Err(unreadable(&error))),
    };
    for file in files {
        let mut file = match file {
            Ok(file) => file,
            Err(error) => return Ok(Err(unreadable(&error))),
        };
        between.set(file.size().saturating_add(BETWEEN_FILES));
        if let Err(why) = reading.budget.count_file() {
            return Ok(Err(why));
        }
        let Some(kind) = kind(file.header().entry_type()) else { continue };
        let Some(path) = reading.path_of(&file.path_bytes(), b"/") else { continue };
        reading.file(&path, kind, || Ok(&mut file))?;
    }
    Ok(Ok(()))
}

/// What a file is; none if it only says something of others.
fn kind(entry: EntryType) -> Option<Kind> {
    Some(match entry {
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Folder,
        EntryType::XGlobalHeader => return None,
        EntryType::Symlink => Kind::Other("a symbolic link"),
        EntryType::Link => Kind::Other("a hard link"),
        EntryType::GNUSparse => Kind::Other("a file with holes"),
        _ => Kind::Other("a device, a pipe or a socket"),
    })
}
