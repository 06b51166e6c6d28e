//! Links to the guide.

use maud::{Markup, html};

use crate::gradebook::Exercise;

/// Where `just guide` shows the guide.
const GUIDE: &str = "http://localhost:3000";

/// A link to a section that a check of this exercise names, such as `worker-pool#meetings`.
pub(super) fn link(exercise: &Exercise, section: &str) -> Markup {
    let (page, anchor) = section.split_once('#').unwrap_or((section, ""));
    let fragment = if anchor.is_empty() { "" } else { "#" };
    html! {
        a href={ (GUIDE) "/" (page) ".html" (fragment) (anchor) } {
            "Guide: " (in_words(page))
            @if let Some(heading) = exercise.sections.get(section) { ", “" (heading) "”" }
        }
    }
}

/// The words of a page's name.
fn in_words(page: &str) -> String {
    let words = page.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
