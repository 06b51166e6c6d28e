//! The text of an answer, with line numbers and marks.

use std::ops::Range;

use maud::{Markup, html};

use super::plain;
use crate::similar::findings::Text;

/// There are so many colours for marks.
const COLOURS: usize = 6;

/// A place that is in the other text, too.
pub struct Mark {
    /// Its bytes.
    pub at: Range<usize>,
    /// Its number, from 1: the same in both texts.
    pub number: usize,
}

/// The text. `marks` are sorted, and do not overlap; each is a link to the one with its number on the
/// other `side`.
pub fn code(text: &Text, marks: &[Mark], side: usize, id: &str) -> Markup {
    let [here, there] = if side == 0 { ["a", "b"] } else { ["b", "a"] };
    let name = text.learners().next().unwrap_or_default();
    html! {
        pre.code tabindex="0" role="group" aria-label={ "Answer of " (plain(name)) } {
            @for line in lines(&text.text, marks, &text.left_out) {
                span.line {
                    span.gutter {
                        @for number in &line.begins {
                            a class={ "number-of " (colour(*number)) } id={ (id) "-" (here) (number) }
                                href={ "#" (id) "-" (there) (number) }
                                title="The same place in the other answer" { (number) }
                        }
                    }
                    code {
                        @for part in &line.parts {
                            @let shown = plain(&text.text[part.at.clone()]);
                            @match (part.number, part.is_left_out) {
                                (Some(number), false) => { mark class=(colour(number)) { (shown) } }
                                (Some(number), true) => { mark class={ "out " (colour(number)) } { (shown) } }
                                (None, true) => { span.out { (shown) } }
                                (None, false) => { (shown) }
                            }
                        }
                    }
                    "\n"
                }
            }
        }
    }
}

fn colour(number: usize) -> String {
    format!("run-{}", (number - 1) % COLOURS + 1)
}

/// A line of a text.
#[derive(Default)]
struct Line {
    /// The numbers of the marks that begin in it.
    begins: Vec<usize>,
    parts: Vec<Part>,
}

/// A part of a line that is all of one kind.
struct Part {
    at: Range<usize>,
    /// That of the mark that it is in.
    number: Option<usize>,
    is_left_out: bool,
}

fn lines(text: &str, marks: &[Mark], left_out: &[Range<usize>]) -> Vec<Line> {
    let marked = marks.iter().map(|mark| &mark.at);
    let breaks = text.match_indices('\n').flat_map(|(at, _)| {
        let indent = text[at + 1..].chars().take_while(|c| matches!(c, ' ' | '\t')).count();
        [at, at + 1, at + 1 + indent]
    });
    let mut cuts: Vec<usize> =
        marked.chain(left_out).flat_map(|range| [range.start, range.end]).chain(breaks).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();

    let mut lines = vec![Line::default()];
    for cut in cuts.windows(2) {
        let at = cut[0]..cut[1];
        let line = lines.last_mut().expect("it begins with one");
        if &text[at.clone()] == "\n" {
            lines.push(Line::default());
            continue;
        }
        // The indentation is no part of the code.
        if text[at.clone()].trim_ascii().is_empty() {
            line.parts.push(Part { at, number: None, is_left_out: false });
            continue;
        }
        let next = marks.partition_point(|mark| mark.at.end <= at.start);
        let mark = marks.get(next).filter(|mark| mark.at.start <= at.start);
        let next = left_out.partition_point(|range| range.end <= at.start);
        let is_left_out = left_out.get(next).is_some_and(|range| range.start <= at.start);
        line.begins.extend(mark.filter(|mark| mark.at.start == at.start).map(|mark| mark.number));
        line.parts.push(Part { at, number: mark.map(|mark| mark.number), is_left_out });
    }
    lines.pop_if(|last| last.parts.is_empty());
    lines
}
