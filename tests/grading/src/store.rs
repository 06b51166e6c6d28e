//! Verdicts by what they depend on, so that nothing is judged twice.

mod key;

use std::fs;
use std::path::{Path, PathBuf};

use workbook::Workbook;
use workbook::verdict::{Status, Verdict};

use crate::out;

pub use key::{Ingredients, Key};

/// The verdicts of earlier runs, in `target/interleave/verdicts`.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store of a workbook.
    pub fn of(workbook: &Workbook) -> Self {
        Self::open(&workbook.target().join("interleave/verdicts"))
    }

    /// The store in a folder, which need not exist.
    pub fn open(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The verdict under this key. A file that is damaged, or of another version, counts as none.
    pub fn get(&self, key: &Key) -> Option<Verdict> {
        serde_json::from_slice(&fs::read(self.path(key)).ok()?).ok()
    }

    /// Keeps a verdict, unless it says that there is none. A disk that cannot be written to is no
    /// fault: then the answer is judged again.
    pub fn put(&self, key: &Key, verdict: &Verdict) {
        if verdict.status != Status::GraderError
            && let Ok(text) = serde_json::to_vec(verdict)
        {
            let _ = out::write(&self.path(key), &text);
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.to_string()).with_added_extension("json")
    }
}
