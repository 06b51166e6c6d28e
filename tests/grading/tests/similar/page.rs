//! The list in the terminal and the page.

use std::collections::BTreeSet;
use std::path::Path;

use grading::similar::findings::HandedIn;
use grading::similar::texts::Answer;
use grading::similar::{Compared, Similar, compare, page, table};

use crate::given::{answer, semaphore};

/// What a learner may try to get into a page.
const HOSTILE: &str =
    "</pre></code><script>alert(1)</script><!--\u{202e}\0\x1b]8;;http://a\x07\"'>";

/// A class with copies, pairs, published answers and what cannot be compared; one is hostile.
fn class() -> Similar {
    let known = semaphore();
    let slab = &known.answers["slab"];
    let hostile = known.copies["slab"]["reordered"].replace('{', &format!("{{ /* {HOSTILE} */\n"));
    let answers = [
        answer("ada", slab),
        answer("bob", slab),
        answer("cleo", &known.copies["slab"]["renamed"]),
        Answer {
            handed_in: HandedIn {
                learner: HOSTILE.to_owned(),
                found: format!("{HOSTILE}/semaphore.rs"),
            },
            text: hostile,
        },
        answer("eve", &known.answers["tickets"]),
        answer("fay", &known.copies["tickets"]["extracted"]),
        answer("gus", &known.answers["solution"]),
        answer("hal", &known.stub),
    ];
    let compared = Compared {
        exercise: "exercise-4".to_owned(),
        title: "semaphore".to_owned(),
        findings: compare(&known.published_but(&["slab", "tickets"]), &answers),
        notes: vec!["ida: ida/semaphore.rs: too large".to_owned()],
    };
    Similar { exercises: vec![compared], notes: vec!["jo.zip: damaged".to_owned()] }
}

/// What stands after each of these, up to the next quotation mark.
fn attributes<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    page.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn no_text_of_others_is_taken_for_html() {
    let page = page(&class());
    for mark in ["<script", "<!--", "\u{202e}", "\0", "\x1b", "\x07", "onerror="] {
        assert!(!page.contains(mark), "{mark:?} is in the page");
    }
    let shown = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--<span class=\"unseen\">U+202E</span>";
    assert!(page.contains(shown));
    assert_eq!(page.matches("<pre").count(), page.matches("</pre>").count());
    assert!(page.contains("script-src 'none'"));
}

#[test]
fn each_link_goes_to_one_place_of_the_page() {
    let page = page(&class());
    let ids = attributes(&page, " id=\"");
    let places: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(places.len(), ids.len(), "an id is there twice");
    let links = attributes(&page, "<a href=\"").len() + attributes(&page, "\" href=\"").len();
    assert!(links > 50, "{links}");
    for link in attributes(&page, " href=\"#") {
        assert!(places.contains(link), "{link}");
    }
}

/// The number at the beginning of a place in one text goes to the same number in the other.
#[test]
fn a_place_has_the_same_number_in_both_texts() {
    let page = page(&class());
    let mut count = 0;
    for place in page.split("<a class=\"number-of ").skip(1) {
        let part = |start: &str| attributes(place, start)[0];
        let (id, link) = (part(" id=\""), part(" href=\"#"));
        let number = place.split(['>', '<']).nth(1).expect("it is shown");
        let other = match id.strip_suffix(&format!("-a{number}")) {
            Some(pair) => format!("{pair}-b{number}"),
            None => id.replace(&format!("-b{number}"), &format!("-a{number}")),
        };
        assert_eq!(link, other);
        count += 1;
    }
    let runs = class().exercises[0]
        .findings
        .groups
        .iter()
        .flat_map(|group| &group.pairs)
        .map(|pair| pair.runs.len())
        .sum::<usize>();
    assert_eq!(count, 2 * runs);
}

#[test]
fn the_terminal_shows_who_is_alike_and_that_this_is_no_proof() {
    let text = table(&class(), Path::new("grades/similar.html"));
    insta::assert_snapshot!(text);
}

#[test]
fn the_page_and_the_list_are_the_same_each_time() {
    assert_eq!(page(&class()), page(&class()));
    let [one, other] = [0, 1].map(|_| serde_json::to_string(&class()).expect("JSON"));
    assert_eq!(one, other);
}
