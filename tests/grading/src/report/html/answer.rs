//! The text of an answer, and the lines in it that somebody has to look at.

use maud::{Markup, html};
use scan::{Finding, Weight};

use super::people::People;

/// A page with whatever somebody hands in would be too large. This is five times a solution.
const MAX_BYTES: usize = 40_000;

/// What somebody has to look at, with the lines in which it is.
pub(super) fn findings(people: &People, findings: &[Finding]) -> Markup {
    html! {
        table.findings {
            caption { "To be looked at" }
            thead { tr {
                th.number scope="col" { "Line" }
                th scope="col" { "What, and why" }
            } }
            tbody { @for Finding { line, code, reason, weight } in findings {
                tr {
                    td.number { (line) }
                    td {
                        @if *weight == Weight::Refused { strong { "Refused: " } }
                        (people.prose(reason))
                        @if !code.is_empty() { pre tabindex="0" { (people.text(code)) } }
                    }
                }
            } }
        }
    }
}

/// An answer with the numbers of its lines.
pub(super) fn answer(people: &People, text: &str) -> Markup {
    let mut shown = String::new();
    let mut is_cut = false;
    for (at, line) in text.lines().enumerate() {
        let line = format!("{:>4}  {line}\n", at + 1);
        is_cut = shown.len() + line.len() > MAX_BYTES;
        if is_cut {
            break;
        }
        shown += &line;
    }
    html! {
        details.more.named {
            summary { "The answer" }
            pre tabindex="0" { (people.text(&shown)) }
            @if is_cut { p.quiet { "It is longer than that." } }
        }
    }
}
