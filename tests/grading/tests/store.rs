//! What the key of a verdict depends on, and what becomes of a verdict under it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use grading::gradebook::Isolation;
use grading::store::{Ingredients, Key, Store};
use tempfile::TempDir;
use workbook::Workbook;
use workbook::exercise::Check;
use workbook::verdict::{Status, Verdict};

/// What decides the verdict on an answer to exercise 1.
const DECIDES: [&str; 12] = [
    "Cargo.lock",
    "Cargo.toml",
    "exercises/1-whisper/.cargo/config",
    "exercises/1-whisper/Cargo.toml",
    "exercises/1-whisper/build.rs",
    "exercises/1-whisper/rust-toolchain",
    "exercises/1-whisper/src/sync.rs",
    "exercises/1-whisper/tests/checks.rs",
    "exercises/ollama/src/lib.rs",
    "tests/1-whisper/checks/mod.rs",
    "tests/explorer/src/lib.rs",
    "tests/workbook/src/judge.rs",
];
/// What does not.
const DECIDES_NOTHING: [&str; 8] = [
    "exercises/1-whisper/notes",
    "exercises/1-whisper/prompts.txt",
    "exercises/1-whisper/src/whisper.rs",
    "exercises/1-whisper/src/whisper.rs.1",
    "tests/1-whisper/bugs/shouts.patch",
    "tests/2-shout/checks/mod.rs",
    "tests/explorer/tests/search.rs",
    "tests/workbook/src/print/mod.rs",
];

fn exercise(number: u32, name: &str) -> String {
    let check = |name| {
        format!(
            "[[check]]\nname = \"{name}\"\ntitle = \"{name}\"\nkind = \"behaviour\"\n\
             points = 50\nguide = \"page#anchor\"\nhints = [\"one\", \"two\"]\n"
        )
    };
    format!(
        "number = {number}\nname = \"{name}\"\nguide_number = \"2.{number}\"\n\
         search = \"exhaustive\"\ncrates = []\n{}{}",
        check("first"),
        check("second")
    )
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
}

/// A workbook with all the files that are named above.
fn workbook() -> TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    for path in DECIDES.iter().chain(&DECIDES_NOTHING) {
        write(root.path(), path, "before");
    }
    write(root.path(), "tests/1-whisper/exercise.toml", &exercise(1, "whisper"));
    write(root.path(), "tests/2-shout/exercise.toml", &exercise(2, "shout"));
    root
}

/// The key of an answer by the first checks of exercise 1.
fn key(root: &Path, answer: &str, checks: usize, isolation: Isolation) -> Key {
    let workbook = Workbook::open(root).expect("it is complete");
    let exercise = &workbook.exercises()[0];
    let checks: Vec<&Check> = exercise.checks.iter().take(checks).collect();
    let ingredients = Ingredients::of(&workbook, exercise, isolation);
    ingredients.expect("all files are there").key(answer, &checks)
}

fn plain_key(root: &Path) -> Key {
    key(root, "an answer", 2, Isolation::Bubblewrap)
}

#[test]
fn a_key_changes_with_all_that_decides_the_verdict() {
    let root = workbook();
    let root = root.path();
    let before = plain_key(root);
    assert_eq!(plain_key(root), before);
    assert_ne!(key(root, "another", 2, Isolation::Bubblewrap), before);
    assert_ne!(key(root, "an answer", 1, Isolation::Bubblewrap), before);
    assert_ne!(key(root, "an answer", 2, Isolation::Unsandboxed), before);
    for path in DECIDES {
        write(root, path, "after");
        assert_ne!(plain_key(root), before, "{path}");
        write(root, path, "before");
    }
    assert_eq!(plain_key(root), before);
    let toml = exercise(1, "whisper").replace("points = 50", "points = 49");
    write(root, "tests/1-whisper/exercise.toml", &toml);
    assert_ne!(plain_key(root), before, "exercise.toml");
}

#[test]
fn a_key_changes_with_a_grader_that_is_new() {
    let root = workbook();
    let before = plain_key(root.path());
    write(root.path(), "tests/oracle/src/lib.rs", "");
    assert_ne!(plain_key(root.path()), before);
}

#[test]
fn a_key_does_not_depend_on_other_answers_and_on_what_only_shows_a_verdict() {
    let root = workbook();
    let before = plain_key(root.path());
    for path in DECIDES_NOTHING {
        write(root.path(), path, "after");
        assert_eq!(plain_key(root.path()), before, "{path}");
    }
}

/// A verdict that nothing was run for.
fn verdict(root: &Path, status: Status) -> Verdict {
    let workbook = Workbook::open(root).expect("it is complete");
    let exercise = &workbook.exercises()[0];
    Verdict::without_checks("exercise-1", status, None, exercise, Duration::ZERO)
}

#[test]
fn a_verdict_is_found_again_and_a_fault_is_not_kept() {
    let root = workbook();
    let store = Store::open(&root.path().join("verdicts"));
    let key = plain_key(root.path());
    assert!(store.get(&key).is_none());
    store.put(&key, &verdict(root.path(), Status::GraderError));
    assert!(store.get(&key).is_none());
    store.put(&key, &verdict(root.path(), Status::Failed));
    assert_eq!(store.get(&key).map(|verdict| verdict.status), Some(Status::Failed));
}

#[test]
fn a_damaged_verdict_counts_as_none() {
    let root = workbook();
    let folder = root.path().join("verdicts");
    let store = Store::open(&folder);
    let key = plain_key(root.path());
    store.put(&key, &verdict(root.path(), Status::Passed));
    let file = folder.join(format!("{key}.json"));
    let text = fs::read(&file).expect("it is there");
    for length in [0, 1, text.len() / 2, text.len() - 1] {
        fs::write(&file, &text[..length]).expect("it can be written");
        assert!(store.get(&key).is_none(), "{length} bytes are left");
    }
    store.put(&key, &verdict(root.path(), Status::Passed));
    assert!(store.get(&key).is_some());
}
