//! The page of answers that are alike in Chromium, as an instructor opens it: from a file.

use std::fs;

use browser::Browser;
use grading::similar::common::Published;
use grading::similar::findings::HandedIn;
use grading::similar::texts::Answer;
use grading::similar::{Compared, Similar, compare, page};
use tempfile::TempDir;
use url::Url;
use workbook::{Workbook, known};

const PHONE: (u32, u32) = (390, 844);
const LAPTOP: (u32, u32) = (1280, 800);

/// Four learners have handed in the same design: one as it is, and the others with its end first, with
/// comments, and with another name in it.
fn class() -> Similar {
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let exercise = workbook.find("exercise-4").expect("there is one").exercise;
    let designs = known::designs(&exercise).expect("they can be read");
    let text = &designs["tickets"];
    let (start, end) = text.split_once("\nimpl<'a> Future for Acquire").expect("it is in there");
    let swapped = format!("impl<'a> Future for Acquire{end}\n{start}");
    let commented = text.replace("{\n", "{ // <b>mine</b>\n");
    let renamed = text.replace("counter", "desk");
    let answers = [("ada", text), ("bob", &swapped), ("cleo", &commented), ("dora", &renamed)];
    let answers = answers.map(|(learner, text)| Answer {
        handed_in: HandedIn {
            learner: learner.to_owned(),
            found: format!("{learner}/semaphore.rs"),
        },
        text: text.clone(),
    });
    let stub = fs::read_to_string(exercise.stub()).expect("there is a stub");
    let compared = Compared {
        exercise: "exercise-4".to_owned(),
        title: exercise.title(),
        findings: compare(&Published::new(&stub, []), &answers),
        notes: vec!["eve: eve/semaphore.rs: too large".to_owned()],
    };
    Similar { exercises: vec![compared], notes: vec!["fay.zip: damaged".to_owned()] }
}

/// Writes the page into a folder of its own.
fn written() -> (TempDir, Url) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("similar.html");
    fs::write(&path, page(&class())).expect("a file");
    let url = Url::from_file_path(&path).expect("it is absolute");
    (folder, url)
}

async fn open_all(browser: &Browser) {
    browser.run("document.querySelectorAll('details').forEach((it) => { it.open = true; })").await;
}

/// Whether an element is scrolled into view, in its text and in the window.
async fn is_seen(browser: &Browser, id: &str) -> bool {
    let script = format!(
        "const it = document.getElementById('{id}').getBoundingClientRect();\
         const around = document.getElementById('{id}').closest('pre').getBoundingClientRect();\
         return it.top >= Math.max(around.top, 0) && it.bottom <= Math.min(around.bottom, innerHeight)"
    );
    browser.run(&script).await.as_bool().expect("a truth value")
}

#[tokio::test]
async fn the_keyboard_goes_from_a_place_to_the_same_place_in_the_other_answer() {
    browser::run(async |browser| {
        let (_folder, url) = written();
        browser.resize(LAPTOP.0, LAPTOP.1).await;
        browser.open(&url).await;
        browser.type_into(".pair:has(#exercise-4-1-2-a1) > summary", "\n").await;
        let [here, there] = ["exercise-4-1-2-a1", "exercise-4-1-2-b1"];
        assert!(!is_seen(&browser, there).await, "it is further down in the other text");
        browser.type_into(&format!("#{here}"), "\n").await;
        assert!(is_seen(&browser, there).await);
        assert_eq!(browser.url().await.fragment(), Some(there));
        browser.type_into(&format!("#{there}"), "\n").await;
        assert!(is_seen(&browser, here).await);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_run_logged_or_asked_for() {
    browser::run(async |browser| {
        let (_folder, url) = written();
        browser.open(&url).await;
        open_all(&browser).await;
        assert_eq!(browser.count("script, b, img").await, 0);
        let asked = "return performance.getEntriesByType('resource')\
                     .filter(({ name }) => !name.startsWith('data:')).length";
        assert_eq!(browser.run(asked).await, 0);
        assert_eq!(browser.logged().await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn axe_finds_nothing_and_the_page_is_not_wider_than_the_window() {
    browser::run(async |browser| {
        let (_folder, url) = written();
        let mut complaints = Vec::new();
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            for (width, height) in [LAPTOP, PHONE] {
                browser.resize(width, height).await;
                browser.open(&url).await;
                open_all(&browser).await;
                let found = browser.axe("html").await;
                complaints.extend(found.iter().map(|it| format!("{scheme}, {width} px: {it}")));
                let wide = browser.wide_elements("body").await;
                complaints.extend(wide.iter().map(|it| format!("{width} px: too wide: {it}")));
            }
        }
        assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    })
    .await;
}
