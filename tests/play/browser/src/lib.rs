//! What the tests of the page of `just play` are made with.

#![warn(missing_docs)]

use std::fs;
use std::sync::LazyLock;

use play::{levels, page};
use schedule::graph::Level;
use tempfile::TempDir;
use url::Url;
use workbook::answer::{AnswerSource, Owner};
use workbook::state::{LastVerdict, State};
use workbook::{Workbook, judge, known, stage};

/// The page of an answer that loses a wake-up, in a folder of its own.
#[derive(Debug)]
pub struct Page {
    /// One to choose in, and what the check has recorded.
    pub levels: &'static [Level],
    /// Where it is.
    pub url: Url,
    _folder: TempDir,
}

/// They are made once, for all tests.
static LEVELS: LazyLock<Vec<Level>> = LazyLock::new(levels_of_a_lost_wake_up);

impl Page {
    /// Writes the page.
    ///
    /// # Panics
    ///
    /// If that cannot be done.
    pub fn of_a_lost_wake_up() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index.html");
        fs::write(&path, page::page("Be the scheduler of exercise-4", &LEVELS)).expect("a file");
        let url = Url::from_file_path(&path).expect("it is absolute");
        Self { levels: &LEVELS, url, _folder: folder }
    }
}

/// Judges the answer, as `just check` does, and makes its levels.
fn levels_of_a_lost_wake_up() -> Vec<Level> {
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let exercise = workbook.find("exercise-4").expect("it exists").exercise;
    let bugs = known::bugs(&workbook, &exercise).expect("they can be read");
    let text = bugs["two-locks"].text.clone();
    let check = "no_wakeup_is_lost".to_owned();

    let folder = workbook.target().join("stage/played-in-a-browser");
    let answers = [("two-locks".to_owned(), text.clone())].into();
    let staged = stage::stage(&workbook, &folder, &exercise, &answers);
    let staged = staged.expect("it can be staged").remove(0);
    let verdict = judge::judge(&staged, &[check]).expect("it can be judged");

    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("semaphore.rs"), &text).expect("a file");
    let answer = AnswerSource {
        exercise,
        // Its build is not that of the learner's own answer.
        package: "in-a-browser".to_owned(),
        workspace: folder.path().to_owned(),
        file: "semaphore.rs".into(),
        owner: Owner::Learner,
    };
    State::of(&answer).keep(&LastVerdict { answer: text, verdict });
    levels::of(&workbook, &answer, None, None).expect("there is something to play").levels
}
