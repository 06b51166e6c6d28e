//! An autograder for Gradescope: a zip with the two scripts that Gradescope runs, and with the
//! workbook, which they build and grade by.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};
use workbook::answer::Owner;
use workbook::exercise::Exercise;
use workbook::{Fault, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const SETUP: &str = include_str!("../autograder/setup.sh");
const RUN: &str = include_str!("../autograder/run_autograder");

/// What of the workbook goes in. The solutions have to: before an answer is said to be wrong, the
/// solution has to pass where that was judged.
const PARTS: [&str; 6] = ["Cargo.lock", "Cargo.toml", "exercises", "guide", "solutions", "tests"];
/// Folders that no grading needs.
const LEFT_OUT: [&str; 4] = ["designs", "bugs", "node_modules", "target"];

/// Packs the autograder. The arguments are those of `grade class` for each submission.
///
/// Whatever is written in `exercises/` stays here: the stubs take its place.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn pack(workbook: &Workbook, arguments: &[String], path: &Path) -> Result<(), Fault> {
    let shown = path.display().to_string();
    let file = File::create(path).map_err(Fault::of(&shown))?;
    let mut archive = Archive { zip: ZipWriter::new(file), shown: shown.clone() };
    archive.add("setup.sh", SETUP.as_bytes(), 0o755)?;
    archive.add("run_autograder", RUN.as_bytes(), 0o755)?;
    let arguments: String = arguments.iter().map(|argument| format!("{argument}\n")).collect();
    archive.add("arguments", arguments.as_bytes(), 0o644)?;
    for (name, file) in files(workbook)? {
        let text = fs::read(&file).map_err(Fault::of(file.display()))?;
        archive.add(&format!("workbook/{name}"), &text, 0o644)?;
    }
    archive.zip.finish().map_err(Fault::of(&shown))?;
    Ok(())
}

/// The workbook's files by their paths in it, with `/`, and where to read each.
fn files(workbook: &Workbook) -> Result<Vec<(String, PathBuf)>, Fault> {
    let root = workbook.root();
    let mut files = Vec::new();
    for part in PARTS {
        let walk = WalkDir::new(root.join(part)).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(is_wanted) {
            let entry = entry.map_err(Fault::of(root.display()))?;
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(root).map_err(Fault::of(root.display()))?;
                files.push((slashed(name), instead(workbook, name)));
            }
        }
    }
    Ok(files)
}

fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    !name.starts_with('.') && !LEFT_OUT.contains(&&*name)
}

fn slashed(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// The file itself, or the stub for the answer in `exercises/`.
fn instead(workbook: &Workbook, name: &Path) -> PathBuf {
    let mut exercises = workbook.with_optional();
    let is_answer = |it: &&Arc<Exercise>| workbook.answer(it, Owner::Learner).file == name;
    exercises.find(is_answer).map_or_else(|| workbook.root().join(name), |it| it.stub())
}

struct Archive {
    zip: ZipWriter<File>,
    /// The path of the archive, for errors.
    shown: String,
}

impl Archive {
    fn add(&mut self, name: &str, text: &[u8], mode: u32) -> Result<(), Fault> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(mode);
        self.zip.start_file(name, options).map_err(Fault::of(&self.shown))?;
        self.zip.write_all(text).map_err(Fault::of::<io::Error>(&self.shown))
    }
}
