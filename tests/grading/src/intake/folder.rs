//! Submissions in a folder.

use std::fs::{self, DirEntry, File, FileType};
use std::path::Path;

use walkdir::WalkDir;
use workbook::Fault;

use super::archive::{self, Budget};
use super::names::text;
use super::sieve::{DEEPEST, Kind, Sieve, Use};
use super::staging::unreadable;
use super::wanted::is_skipped;

/// Files and folders of one learner, at most.
const MOST_FILES: usize = 50_000;
/// Learners, at most: a larger folder is hardly one of submissions.
const MOST_LEARNERS: usize = 20_000;

/// Reads a folder of submissions. Links are not followed.
pub fn read(folder: &Path, sieve: &mut Sieve<'_>) -> Result<(), Fault> {
    let fault = || Fault::of(folder.display());
    let entries = fs::read_dir(folder).map_err(fault())?.collect::<Result<Vec<DirEntry>, _>>();
    let mut entries = entries.map_err(fault())?;
    if entries.len() > MOST_LEARNERS {
        let (folder, count) = (folder.display(), entries.len());
        return Err(Fault(format!(
            "{folder}: expected a folder of submissions, with at most {MOST_LEARNERS} entries; \
             found {count}"
        )));
    }
    entries.sort_by_key(DirEntry::file_name);
    for entry in entries {
        read_entry(&entry.path(), sieve)?;
    }
    Ok(())
}

/// Reads what one learner has handed in.
fn read_entry(entry: &Path, sieve: &mut Sieve<'_>) -> Result<(), Fault> {
    let parent = entry.parent().unwrap_or(entry);
    let path_of = |path: &Path| {
        let inside = path.strip_prefix(parent).unwrap_or(path);
        let parts = inside.iter().map(|part| text(part.as_encoded_bytes()));
        parts.collect::<Vec<_>>().join("/")
    };
    let files = WalkDir::new(entry)
        .follow_root_links(false)
        .sort_by_file_name()
        .max_depth(DEEPEST)
        .into_iter()
        .filter_entry(|file| file.depth() == 0 || !is_skipped(&file.file_name().to_string_lossy()));
    let mut budget = Budget::of_learner();
    for (count, file) in files.enumerate() {
        if count == MOST_FILES {
            let why =
                format!("expected at most {MOST_FILES} files, found more: the rest is left out");
            sieve.unread(&path_of(entry), &why);
            break;
        }
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                let path = error.path().unwrap_or(entry).to_owned();
                let why = error.into_io_error().as_ref().map(unreadable);
                sieve.unread(&path_of(&path), &why.unwrap_or_default());
                continue;
            }
        };
        let path = path_of(file.path());
        match sieve.meet(&path, kind(file.file_type())) {
            Use::Nothing => {}
            Use::Content => {
                let content = File::open(file.path());
                sieve.take(&path, content.map_err(|error| unreadable(&error)))?;
            }
            Use::Archive(format) => {
                let read = archive::read_file(file.path(), format, &path, &mut budget, sieve)?;
                if let Err(why) = read {
                    sieve.unread(&path, &why);
                }
            }
        }
    }
    Ok(())
}

fn kind(kind: FileType) -> Kind {
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Other("a symbolic link")
    } else {
        Kind::Other("a device, a pipe or a socket")
    }
}
