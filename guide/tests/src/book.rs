//! The built book: `target/guide`.

use std::fs;
use std::path::{Path, PathBuf};

use scraper::Html;

/// The folder `guide/`.
pub fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in the guide").to_owned()
}

/// The folder of the built pages.
pub fn built() -> PathBuf {
    let folder = guide().with_file_name("target").join("guide");
    assert!(
        folder.join("index.html").is_file(),
        "the guide is not built; `just test-guide` builds it, and then tests it"
    );
    folder
}

/// A page of the book.
#[derive(Debug)]
pub struct Page {
    /// The name of its file, such as `tasks.html`.
    pub name: String,
    /// What is in it.
    pub html: Html,
}

/// The pages that are listed in `SUMMARY.md`, in the order of their names.
///
/// These are not all: `print.html` has all of them once more, and `index.html` is the first one.
pub fn pages() -> Vec<Page> {
    let summary = read(&guide().join("src/SUMMARY.md"));
    let mut names: Vec<String> = summary
        .split("](")
        .filter_map(|link| Some(link.split_once(".md)")?.0))
        .map(|name| format!("{name}.html"))
        .collect();
    names.sort();
    assert!(names.len() > 10, "SUMMARY.md lists {names:?}");
    names.into_iter().map(page).collect()
}

/// A page, by the name of its file.
pub fn page(name: String) -> Page {
    let html = Html::parse_document(&read(&built().join(&name)));
    Page { name, html }
}

/// The texts of the pages in Markdown, by the names of their files.
pub fn sources() -> Vec<(String, String)> {
    let folder = guide().join("src");
    let mut paths = files(&folder, "md");
    paths.retain(|path| path.parent() == Some(&folder));
    let name = |path: &Path| path.file_name().expect("it has one").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), read(path))).collect()
}

/// The files below a folder with this extension, in the order of their paths.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for path in entries.map(|entry| entry.expect("the folder can be read").path()) {
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text of a file.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
