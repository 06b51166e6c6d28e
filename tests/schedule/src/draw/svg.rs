//! As SVG, for the guide: a lane per thread.

use svg::node::element::{Line, Rectangle, Style, Text};
use svg::{Document, Node};
use unicode_width::UnicodeWidthStr;

use super::words;
use crate::{Operation, Schedule, Step};

const ROW: usize = 22;
const CHARACTER: usize = 8;
const MARGIN: usize = 16;

/// `currentColor` is the page's, so that the drawing fits dark and light pages.
const STYLE: &str = "text { font: 13px ui-monospace, monospace; fill: currentColor }
.lane { stroke: currentColor; opacity: .25 }
.name { font-weight: bold }
.note { font-weight: bold }
.quiet, .source { opacity: .6 }
.bad { fill: #c0392b; font-weight: bold }
.step { fill: #3b82f6; opacity: .12 }
.failed { fill: #c0392b; opacity: .15 }";

/// Draws a schedule as a stand-alone SVG.
pub fn to_svg(schedule: &Schedule) -> String {
    let texts: Vec<String> =
        schedule.steps.iter().map(|step| words::step(schedule, step)).collect();
    let widest = |thread| {
        let steps = schedule.steps.iter().zip(&texts);
        let own = steps.filter(|(step, _)| step.thread == thread).map(|(_, text)| text.width());
        own.max().unwrap_or(0).max(words::name(schedule, thread).width())
    };
    let lanes: Vec<usize> =
        (0..schedule.threads.len()).map(|thread| widest(thread) * CHARACTER + 2 * MARGIN).collect();
    let left = |thread: usize| MARGIN + lanes[..thread].iter().sum::<usize>();
    let source = left(lanes.len()) + MARGIN;
    let longest = schedule.source.lines.values().map(|line| line.trim().width() + 6).max();
    let longest = longest.unwrap_or(0).max(schedule.source.file.width());
    let mut rows = Rows { document: Document::new().add(Style::new(STYLE)), next: 1 };

    for (thread, name) in schedule.threads.iter().enumerate() {
        rows.text(name, left(thread), "name");
    }
    rows.text(&schedule.source.file, source, "source");
    rows.next += 1;

    let mut before: Option<&Step> = None;
    for (step, text) in schedule.steps.iter().zip(&texts) {
        if let (Some(before), Some(reason)) = (before, words::switch(step)) {
            rows.text(&format!("({reason})"), left(before.thread), "quiet");
            rows.next += 1;
        }
        let (class, shade) = match step.operation {
            Operation::Panic | Operation::Stuck => ("bad", Some("failed")),
            Operation::Note => ("note", None),
            Operation::Sleep | Operation::Wait | Operation::Blocked | Operation::Join => {
                ("quiet", None)
            }
            _ => ("", Some("step")),
        };
        if let Some(shade) = shade {
            rows.shade(left(step.thread), lanes[step.thread] - MARGIN, shade);
        }
        rows.text(text, left(step.thread), class);
        if let Some((line, text)) =
            step.line.and_then(|line| Some((line, schedule.source.lines.get(&line)?)))
            && before.and_then(|before| before.line) != step.line
        {
            rows.text(&format!("{line:>4}  {}", text.trim()), source, "source");
        }
        rows.next += 1;
        before = Some(step);
    }
    rows.text(&format!("✗ {}", schedule.outcome), MARGIN, "bad");

    let height = (rows.next + 1) * ROW;
    let width = (source + longest * CHARACTER + MARGIN)
        .max((schedule.outcome.width() + 2) * CHARACTER + 2 * MARGIN);
    for thread in 0..lanes.len() {
        let x = left(thread) - MARGIN / 2;
        rows.document.append(
            Line::new()
                .set("class", "lane")
                .set("x1", x)
                .set("x2", x)
                .set("y1", ROW / 2)
                .set("y2", height - 2 * ROW),
        );
    }
    let document = rows.document;
    document
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("role", "img")
        .set("aria-label", schedule.outcome.as_str())
        .to_string()
}

/// The document, filled row by row.
struct Rows {
    document: Document,
    next: usize,
}

impl Rows {
    fn text(&mut self, text: &str, x: usize, class: &str) {
        let element = Text::new(text)
            .set("class", class)
            .set("x", x)
            .set("y", self.next * ROW)
            .set("xml:space", "preserve");
        self.document.append(element);
    }

    fn shade(&mut self, x: usize, width: usize, class: &str) {
        let element = Rectangle::new()
            .set("class", class)
            .set("x", x - 4)
            .set("y", self.next * ROW - 16)
            .set("width", width)
            .set("height", ROW)
            .set("rx", 3);
        self.document.append(element);
    }
}
