//! Links to the guide.

use maud::{Markup, html};

/// Where `just guide` shows the guide.
const GUIDE: &str = "http://localhost:3000";

/// A link to a section, such as `worker-pool#when-two-events-meet`.
pub(super) fn link(section: &str) -> Markup {
    let (page, anchor) = section.split_once('#').unwrap_or((section, ""));
    let fragment = if anchor.is_empty() { "" } else { "#" };
    html! {
        a href={ (GUIDE) "/" (page) ".html" (fragment) (anchor) } {
            "Guide: " (in_words(page))
            @if !anchor.is_empty() { ", “" (in_words(anchor)) "”" }
        }
    }
}

/// The words of an anchor, which mdBook has made from those of a heading.
fn in_words(anchor: &str) -> String {
    let words = anchor.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
