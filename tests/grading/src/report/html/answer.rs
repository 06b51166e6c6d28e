//! The text of an answer, and the lines in it that somebody has to look at.

use maud::{Markup, html};
use scan::Finding;

use super::people::People;

/// A page with whatever somebody hands in would be too large. Solutions have some 200 lines.
const MAX_LINES: usize = 600;
const MAX_CHARACTERS: usize = 40_000;

/// What somebody has to look at, with the lines in which it is.
pub(super) fn findings(people: &People, findings: &[Finding], text: Option<&str>) -> Markup {
    html! {
        table.findings {
            caption { "To be looked at" }
            thead { tr {
                th.number scope="col" { "Line" }
                th scope="col" { "What, and why" }
            } }
            tbody { @for Finding { line, reason, .. } in findings {
                tr {
                    td.number { (line) }
                    td {
                        (people.prose(reason))
                        @if let Some(text) = text.and_then(|text| at(text, *line)) {
                            pre tabindex="0" { (people.text(text)) }
                        }
                    }
                }
            } }
        }
    }
}

/// An answer with the numbers of its lines.
pub(super) fn answer(people: &People, text: &str) -> Markup {
    let mut shown = String::new();
    let mut lines = text.lines().enumerate();
    for (at, line) in lines.by_ref().take(MAX_LINES) {
        let line = format!("{:>4}  {line}\n", at + 1);
        if shown.len() + line.len() > MAX_CHARACTERS {
            break;
        }
        shown += &line;
    }
    let is_cut = shown.lines().count() < text.lines().count();
    html! {
        details.more.named {
            summary { "The answer" }
            pre tabindex="0" { (people.text(&shown)) }
            @if is_cut { p.quiet { "It is longer than that." } }
        }
    }
}

/// A line, if it is there and is not too long to be shown.
fn at(text: &str, line: usize) -> Option<&str> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    (line.len() <= MAX_CHARACTERS).then(|| line.trim())
}
