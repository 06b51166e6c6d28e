//! Submissions in archives. Nothing is unpacked: the answers are copied, and the rest is read past.

mod budget;
mod tar;
mod zip;

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use workbook::Fault;

use super::names;
use super::sieve::{Kind, Sieve, Use};
use super::staging::unreadable;
pub use budget::Budget;

/// Archives inside each other, at most: that of a class, that of a learner, and one in it.
const MOST_NESTED: usize = 3;
/// Bytes of an archive that is in another, at most: it is held in memory.
const LARGEST_NESTED: u64 = 32 * 1024 * 1024;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.zip`
    Zip,
    /// `.tar.gz` or `.tgz`
    TarGz,
}

/// The kind of archive that a file is, by its name; an error if it is of a kind that is not read.
pub fn format(name: &str) -> Option<Result<Format, String>> {
    let name = name.to_ascii_lowercase();
    let ends = |with: &str| name.len() > with.len() && name.ends_with(with);
    if ends(".zip") {
        return Some(Ok(Format::Zip));
    }
    if ends(".tar.gz") || ends(".tgz") {
        return Some(Ok(Format::TarGz));
    }
    let other =
        [".7z", ".bz2", ".gz", ".rar", ".tar", ".xz", ".zst"].into_iter().find(|&it| ends(it));
    other.map(|other| Err(format!("expected a .zip or .tar.gz archive, found {other}")))
}

/// A name without the ending that says which kind of archive it is.
pub fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let ending = [".zip", ".tar.gz", ".tgz"].into_iter().find(|&ending| lower.ends_with(ending));
    &name[..name.len() - ending.map_or(0, str::len)]
}

/// Reads an archive on the disk. Its files get paths below `path`. The inner error says why it,
/// or the rest of it, cannot be read.
pub fn read_file(
    file: &Path,
    format: Format,
    path: &str,
    budget: &mut Budget,
    sieve: &mut Sieve<'_>,
) -> Result<Result<(), String>, Fault> {
    let opened = File::open(file).and_then(|file| Ok((file.metadata()?.len(), file)));
    match opened {
        Ok((size, file)) => {
            let mut reading = Reading { path, level: 1, budget, sieve };
            reading.archive(format, BufReader::new(file), size)
        }
        Err(error) => Ok(Err(unreadable(&error))),
    }
}

/// An archive that is being read.
struct Reading<'a, 'b> {
    /// Its path.
    path: &'a str,
    /// How many archives it is in, with itself.
    level: usize,
    budget: &'a mut Budget,
    sieve: &'a mut Sieve<'b>,
}

impl Reading<'_, '_> {
    fn archive(
        &mut self,
        format: Format,
        reader: impl Read + Seek,
        size: u64,
    ) -> Result<Result<(), String>, Fault> {
        match format {
            Format::Zip => zip::read(reader, self),
            Format::TarGz => tar::read(reader, size, self),
        }
    }

    /// Takes what is needed of a file in the archive.
    fn file<R: Read>(
        &mut self,
        path: &str,
        kind: Kind,
        open: impl FnOnce() -> Result<R, String>,
    ) -> Result<(), Fault> {
        let format = match self.sieve.meet(path, kind) {
            Use::Nothing => return Ok(()),
            Use::Content => return self.sieve.take(path, open()),
            Use::Archive(format) => format,
        };
        let read = match open().and_then(|content| self.hold(content)) {
            Ok(bytes) => {
                let size = bytes.len() as u64;
                // A learner's archive in that of a class has limits of its own.
                let mut own = Budget::of_learner();
                let budget = if self.budget.is_of_class() { &mut own } else { &mut *self.budget };
                let (level, sieve) = (self.level + 1, &mut *self.sieve);
                Reading { path, level, budget, sieve }.archive(format, Cursor::new(bytes), size)?
            }
            Err(why) => Err(why),
        };
        if let Err(why) = read {
            self.sieve.unread(path, &why);
        }
        Ok(())
    }

    /// The bytes of an archive in the archive.
    fn hold(&self, content: impl Read) -> Result<Vec<u8>, String> {
        if self.level == MOST_NESTED {
            return Err(format!(
                "expected at most {MOST_NESTED} archives inside each other, found more"
            ));
        }
        let mut bytes = Vec::new();
        let read = content.take(LARGEST_NESTED + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        if bytes.len() as u64 > LARGEST_NESTED {
            let most = LARGEST_NESTED / 1024 / 1024;
            return Err(format!(
                "expected an archive of at most {most} MiB, found a larger one; hand it in without \
                 the folders target and .git"
            ));
        }
        Ok(bytes)
    }

    /// The path of a file in the archive, from its name there; none for the archive's own root.
    fn path_of(&mut self, name: &[u8], separators: &[u8]) -> Option<String> {
        let is_separator = |byte: &u8| separators.contains(byte);
        let is_absolute = name.first().is_some_and(is_separator) || has_drive(name);
        let parts = name.split(is_separator).filter(|part| !part.is_empty() && *part != b".");
        let parts: Vec<String> = parts.map(names::text).collect();
        let inside = parts.join("/");
        if parts.is_empty() {
            return None;
        }
        let path = if self.path.is_empty() { inside } else { format!("{}/{inside}", self.path) };
        if is_absolute || parts.iter().any(|part| part == "..") {
            self.sieve
                .unread(&path, "expected a path inside the archive, found one that leads out");
            return None;
        }
        Some(path)
    }
}

/// Whether a path begins as `C:` does.
fn has_drive(path: &[u8]) -> bool {
    matches!(path, [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_known_by_its_name() {
        assert_eq!(format("ada.zip"), Some(Ok(Format::Zip)));
        assert_eq!(format("Ada.ZIP"), Some(Ok(Format::Zip)));
        assert_eq!(format("ada.tar.gz"), Some(Ok(Format::TarGz)));
        assert_eq!(format("ada.tgz"), Some(Ok(Format::TarGz)));
        assert_eq!(format("ada"), None);
        assert_eq!(format(".zip"), None);
        let rar = "expected a .zip or .tar.gz archive, found .rar".to_owned();
        assert_eq!(format("ada.rar"), Some(Err(rar)));
        assert_eq!(stem("ada.lovelace.tar.gz"), "ada.lovelace");
        assert_eq!(stem("ada.lovelace"), "ada.lovelace");
    }
}
