//! Two answers side by side.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::code::{Mark, code};
use super::{count, names, plain};
use crate::similar::findings::{Pair, Run, Text};

/// Links to more of the places are no help.
const MAX_LINKS: usize = 8;

/// The two texts of a pair, with the places that they have in common. `id` begins the ids of all that
/// is in it.
pub fn pair(texts: &[Text], pair: &Pair, id: &str) -> Markup {
    let [one, other] = pair.texts.map(|text| &texts[text]);
    let [of_one, of_other] = pair.percent;
    html! {
        details.pair {
            summary {
                (name(one)) " and " (name(other))
                span.quiet {
                    " · " (of_one) " % of the first, " (of_other) " % of the second · "
                    (count(pair.longest(), "line")) " in a row"
                }
            }
            (longest(&pair.runs, id))
            div.sides {
                (side(one, &pair.runs, 0, id))
                (side(other, &pair.runs, 1, id))
            }
        }
    }
}

/// Links to the longest places.
fn longest(runs: &[Run], id: &str) -> Markup {
    let mut longest: Vec<(usize, &Run)> = runs.iter().enumerate().collect();
    longest.sort_by_key(|(_, run)| Reverse(run.tokens));
    html! {
        div.runs {
            "In common:"
            @for (at, run) in longest.iter().take(MAX_LINKS) {
                span {
                    a href={ "#" (id) "-a" (at + 1) } { (at + 1) }
                    span.quiet { " lines " (lines(run, 0)) " and " (lines(run, 1)) }
                }
            }
            @if runs.len() > MAX_LINKS {
                span.quiet { "and " (count(runs.len() - MAX_LINKS, "shorter place")) }
            }
        }
    }
}

/// A text that several learners have handed in.
pub fn copy(text: &Text) -> Markup {
    html! {
        details.pair.copy {
            summary {
                (names(text.learners())) span.quiet { " · " (text.same()) }
            }
            ul {
                @for handed_in in &text.handed_in { li { code { (plain(&handed_in.found)) } } }
            }
            (code(text, &[], 0, ""))
        }
    }
}

fn side(text: &Text, runs: &[Run], side: usize, id: &str) -> Markup {
    let mut marks: Vec<Mark> = runs
        .iter()
        .enumerate()
        .map(|(at, run)| Mark { at: run.at[side].clone(), number: at + 1 })
        .collect();
    marks.sort_by_key(|mark| mark.at.start);
    html! {
        section.side {
            h4 { (name(text)) }
            p.quiet { code { (plain(text.handed_in.first().map_or("", |first| &first.found))) } }
            (code(text, &marks, side, id))
        }
    }
}

/// The learner, or the first of them.
fn name(text: &Text) -> Markup {
    html! {
        (names(text.learners().take(1)))
        @if text.handed_in.len() > 1 {
            " " span.quiet { "and " (text.handed_in.len() - 1) " more" }
        }
    }
}

/// `3–7`.
fn lines(run: &Run, side: usize) -> String {
    let [first, last] = run.lines[side];
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}
