//! What has to hold for each page, without a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use guide_tests::book::{self, Page};
use scraper::{ElementRef, Selector};

fn select<'a>(page: &'a Page, css: &str) -> Vec<ElementRef<'a>> {
    page.html.select(&Selector::parse(css).expect("it is a selector")).collect()
}

fn text(element: ElementRef) -> String {
    element.text().collect::<String>().trim().to_owned()
}

fn ids(page: &Page) -> Vec<String> {
    let with_id = select(page, "[id]");
    with_id.iter().filter_map(|element| element.attr("id")).map(str::to_owned).collect()
}

/// Fails if there is a complaint, and shows all of them.
fn expect_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_link_image_script_and_anchor_exists() {
    let pages = book::pages();
    let mut known: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for page in &pages {
        known.insert(book::built().join(&page.name), ids(page).into_iter().collect());
    }
    let mut complaints = Vec::new();
    for page in &pages {
        for (css, attribute) in [("[href]", "href"), ("[src]", "src")] {
            for element in select(page, css) {
                let target = element.attr(attribute).unwrap_or_default();
                if let Err(why) = check_target(&page.name, target, &known) {
                    complaints.push(format!("{}: {target:?}: {why}", page.name));
                }
            }
        }
    }
    expect_none(complaints);
}

/// Whether a page may link to this.
fn check_target(
    page: &str,
    target: &str,
    known: &BTreeMap<PathBuf, BTreeSet<String>>,
) -> Result<(), String> {
    if let Some((scheme, _)) = target.split_once("://") {
        let is_web = scheme == "https" || target.starts_with("http://localhost");
        return if is_web { Ok(()) } else { Err("neither https nor this machine".to_owned()) };
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = book::built().join(if file.is_empty() { page } else { file });
    match known.get(&path) {
        None if path.is_file() && anchor.is_empty() => Ok(()),
        None => Err("there is no such page or file".to_owned()),
        Some(ids) if anchor.is_empty() || ids.contains(anchor) => Ok(()),
        Some(_) => Err("the page has no such anchor".to_owned()),
    }
}

#[test]
fn ids_are_unique_on_their_page() {
    let mut complaints = Vec::new();
    for page in book::pages() {
        let mut seen = BTreeSet::new();
        let twice = ids(&page).into_iter().filter(|id| !seen.insert(id.clone()));
        complaints.extend(twice.map(|id| format!("{}: two elements have the id {id}", page.name)));
    }
    expect_none(complaints);
}

#[test]
fn every_page_has_a_title_and_one_heading_of_the_first_level() {
    let mut complaints = Vec::new();
    let mut titles = BTreeSet::new();
    for page in book::pages() {
        let title = select(&page, "head > title").into_iter().map(text).collect::<String>();
        let headings: Vec<String> = select(&page, "main h1").into_iter().map(text).collect();
        if title.is_empty() || !titles.insert(title.clone()) {
            complaints.push(format!("{}: the title {title:?}", page.name));
        }
        if headings.len() != 1 || headings[0].is_empty() {
            complaints.push(format!("{}: its first-level headings: {headings:?}", page.name));
        }
    }
    expect_none(complaints);
}

#[test]
fn every_question_can_be_answered() {
    let mut complaints = Vec::new();
    for page in book::pages() {
        for quiz in select(&page, ".quiz") {
            let id = quiz.attr("id").unwrap_or_default();
            let css = |css: &str| Selector::parse(css).expect("it is a selector");
            let choices: Vec<ElementRef> = quiz.select(&css("details")).collect();
            let right = choices.iter().filter(|choice| choice.attr("data-right").is_some());
            let mut faults = Vec::new();
            if id.is_empty() {
                faults.push("it has no id");
            }
            if choices.len() < 2 || right.count() != 1 {
                faults.push("it needs two choices or more, and one that is right");
            }
            let mut summaries = BTreeSet::new();
            for choice in choices {
                let summary: String = choice.select(&css("summary")).map(text).collect();
                if text(choice).len() <= summary.len() + 1 {
                    faults.push("a choice says nothing when it is opened");
                }
                if !summaries.insert(summary) {
                    faults.push("two choices are the same");
                }
            }
            complaints.extend(
                faults.iter().map(|fault| format!("{}: question {id:?}: {fault}", page.name)),
            );
        }
    }
    expect_none(complaints);
}

/// The headings' anchors are found in Markdown where a verdict names a section, without mdBook.
#[test]
fn sections_are_found_in_markdown_as_mdbook_finds_them() {
    for (file, markdown) in book::sources().into_iter().filter(|(file, _)| file != "SUMMARY.md") {
        let page = book::page(file.replace(".md", ".html"));
        let built: Vec<(String, String)> = select(&page, "main :is(h1, h2, h3, h4, h5, h6)[id]")
            .into_iter()
            .map(|heading| (heading.attr("id").unwrap_or_default().to_owned(), text(heading)))
            .collect();
        let plain = |text: &str| text.replace(['\'', '"', '’', '“', '”'], "");
        let found = workbook::guide::sections(&markdown);
        let found: Vec<_> = found.into_iter().map(|s| (s.anchor, plain(&s.title))).collect();
        let built: Vec<_> = built.into_iter().map(|(id, title)| (id, plain(&title))).collect();
        assert_eq!(found, built, "{file}");
    }
}

/// A program that no page shows is dead, and so is what is generated from it. What a program prints
/// may be kept for the tests alone, if a page shows the program.
#[test]
fn every_program_is_shown_or_what_it_prints() {
    let guide = book::guide();
    let mut shown = BTreeSet::new();
    for (_, markdown) in book::sources() {
        for include in markdown.split("{{#").skip(1) {
            let Some((include, _)) = include.split_once("}}") else { continue };
            let path = include.split_whitespace().nth(1).unwrap_or_default();
            let path = path.split(':').next().unwrap_or_default();
            let path = guide.join("src").join(path).canonicalize();
            shown.extend(path.into_iter().filter_map(|path| program(&guide, &path)));
        }
    }
    let mut all = book::files(&guide.join("src/generated"), "snap");
    all.extend(book::files(&guide.join("src/generated"), "md"));
    all.extend(book::files(&guide.join("listings"), "rs"));
    all.extend(book::files(&guide.join("go"), "go"));
    let all: BTreeSet<String> = all.iter().filter_map(|path| program(&guide, path)).collect();
    expect_none(all.difference(&shown).map(|name| format!("{name}: no page shows it")).collect());
}

/// The program that a file is the text of, or is generated from: `tasks/spawn`, `go/tasks/spawn`,
/// `rejected/NAME`, `models/NAME`, `levels/NAME`. `None` for what runs the programs.
fn program(guide: &Path, path: &Path) -> Option<String> {
    let name = path.strip_prefix(guide).expect("it is in the guide").with_extension("");
    let name = name.to_string_lossy().replace('\\', "/");
    if ["/mod", "/main", "/on_threads"].iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let folders = [
        ("src/generated/output/", ""),
        ("src/generated/schedules/", "models/"),
        ("src/generated/graphs/", "levels/"),
        ("src/generated/", ""),
        ("listings/src/", ""),
        ("listings/rejected/", "rejected/"),
        ("go/", "go/"),
    ];
    let known = folders.iter().find_map(|(from, to)| Some((to, name.strip_prefix(from)?)));
    // A level of the scheduler shows the program with its mistake, and mended.
    known.map(|(to, name)| format!("{to}{}", name.trim_end_matches("_mended")))
}
