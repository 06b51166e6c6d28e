//! The answers that are alike as a page: one file that needs nothing else, and no scripts.

mod code;
mod pair;

use maud::{DOCTYPE, Markup, html};

use super::common::{FEW_IN, FEW_LEARNERS};
use super::findings::{Findings, Group, Pair};
use super::pairs::ALIKE;
use super::{Compared, Similar};
use crate::report::html::text::plain;
use crate::report::html::{count, head};

const STYLE: &str =
    concat!(include_str!("../../report/html/style/base.css"), include_str!("similar.css"));

/// The page.
pub fn page(similar: &Similar) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head("Answers that are alike", STYLE, None))
            body {
                nav.top aria-label="Parts of the page" {
                    a href="#top" { "Answers that are alike" }
                    @for compared in &similar.exercises {
                        a href={ "#" (compared.exercise) } { (name(compared)) }
                    }
                }
                main id="top" {
                    h1 { "Answers that are alike" }
                    (caution())
                    @for compared in &similar.exercises { (exercise(compared)) }
                    @if !similar.notes.is_empty() {
                        section { h2 { "Not taken in" } (list(&similar.notes)) }
                    }
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn caution() -> Markup {
    html! {
        p.caution {
            strong { "This is no verdict." }
            " The page shows which answers are alike, and where. It cannot know why: learners who \
             had the same idea or read the same page write the same code. Read both texts, and talk \
             with both learners, before you decide anything."
        }
        details.how {
            summary { "How answers are compared" }
            p {
                "Names, literals, comments, layout, attributes and imports make no difference, and \
                 neither does the order of functions. Code that is "
                span.out { "printed like this" }
                " does not count: it is in the stub, the solution or a design, or more than "
                (FEW_LEARNERS) " learners, and more than one in " (FEW_IN) ", have it. The percentages \
                 say how much of the rest of an answer is in the other one. Pairs are listed from "
                (ALIKE) " % on."
            }
            p {
                "Places that two answers have in common have the same number and the same colour. The \
                 number is a link to that place in the other answer."
            }
        }
    }
}

fn exercise(compared: &Compared) -> Markup {
    let Findings { answers, learners, groups, .. } = &compared.findings;
    let findings = &compared.findings;
    html! {
        section id=(compared.exercise) {
            h2 { (name(compared)) }
            p {
                (count(*answers, "answer")) " by " (count(*learners, "learner")) ". "
                @if groups.is_empty() { "No two of them are alike." }
            }
            @for (at, group) in groups.iter().enumerate() {
                (self::group(findings, group, &format!("{}-{}", compared.exercise, at + 1)))
            }
            @if !findings.like_published.is_empty() {
                h3 { "Like an answer that everybody can read" }
                p.quiet {
                    "The solution and the designs are in everybody's copy of the workbook. They are left \
                     out above."
                }
                ul {
                    @for like in &findings.like_published {
                        li {
                            (learners_of(findings, like.text)) ": " (like.percent) " % is in "
                            @if like.published == "solution" { "the solution" }
                            @else { "the design " code { (like.published) } }
                        }
                    }
                }
            }
            @if !findings.widespread.is_empty() {
                h3 { "Mostly code that many learners have" }
                p.quiet { "That code is left out above: look at some of these yourself." }
                ul {
                    @for &text in &findings.widespread { li { (learners_of(findings, text)) } }
                }
            }
            @if !findings.too_short.is_empty() {
                h3 { "Too short to be compared" }
                p.quiet { "There is not much more in them than the stub." }
                ul {
                    @for &text in &findings.too_short { li { (learners_of(findings, text)) } }
                }
            }
            @if !compared.notes.is_empty() {
                h3 { "Not readable" }
                (list(&compared.notes))
            }
        }
    }
}

fn group(findings: &Findings, group: &Group, id: &str) -> Markup {
    let is_shown = |pair: &&Pair| !pair.runs.is_empty();
    let others = group.pairs.iter().filter(|pair| !is_shown(pair)).count();
    html! {
        section.group {
            h3 {
                (names(group.learners.iter().map(String::as_str)))
                @if group.learners.len() > 2 {
                    " " span.quiet { (count(group.learners.len(), "learner")) }
                }
            }
            @for &text in &group.copies {
                (pair::copy(&findings.texts[text]))
            }
            @for (at, pair) in group.pairs.iter().filter(is_shown).enumerate() {
                (pair::pair(&findings.texts, pair, &format!("{id}-{}", at + 1)))
            }
            @if others > 0 {
                p.quiet {
                    (count(others, "pair")) " more: see similar.json. Those that are most alike are \
                     shown here."
                }
            }
        }
    }
}

/// `4 semaphore`.
fn name(compared: &Compared) -> String {
    let number = compared.exercise.rsplit('-').next().unwrap_or_default();
    format!("{number} {}", compared.title)
}

fn learners_of(findings: &Findings, text: usize) -> Markup {
    names(findings.texts[text].learners())
}

/// Names, with commas between. What is in one cannot reach into the next.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        @for (at, name) in names.enumerate() {
            @if at > 0 { ", " }
            bdi { (plain(name)) }
        }
    }
}

fn list(notes: &[String]) -> Markup {
    html! {
        ul { @for note in notes { li { (plain(note)) } } }
    }
}
