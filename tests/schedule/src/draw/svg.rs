//! As SVG, for the guide: a lane per thread.

use svg::node::Text;
use svg::node::element::{Description, Element, Line, Rectangle, Style};
use svg::{Document, Node};
use unicode_width::UnicodeWidthStr;

use super::words::{self, clip, wrap};
use crate::{Operation, Schedule};

const ROW: usize = 22;
const CHARACTER: usize = 8;
const MARGIN: usize = 16;
/// The widest texts of steps and of the answer's lines, in characters, so that two lanes and the
/// lines fit on a page.
const MAX_STEP: usize = 32;
const MAX_SOURCE: usize = 56;
/// The widest texts below the lanes.
const MAX_OUTCOME: usize = 96;

/// All rules begin with the drawing's class, since the style of a drawing inside a page is the whole
/// page's. Texts have the page's colour, so that the drawing fits dark and light pages; a dark page
/// sets `--schedule-bad` to a lighter red.
const STYLE: &str =
    "svg.schedule text { font: 13px var(--mono-font, ui-monospace, monospace); fill: currentColor }
svg.schedule .lane { stroke: currentColor; opacity: .25 }
svg.schedule .name, svg.schedule .note { font-weight: bold }
svg.schedule .quiet, svg.schedule .source { fill-opacity: .8 }
svg.schedule .bad { fill: var(--schedule-bad, #9c2116); font-weight: bold }
svg.schedule .step { fill: #3b82f6; opacity: .12 }
svg.schedule .failed { fill: #c0392b; opacity: .12 }";

/// Draws a schedule as an SVG that can be a file of its own or a part of a page. It has no blank
/// line, at which a block of HTML in Markdown would end.
pub fn to_svg(schedule: &Schedule) -> String {
    let rows = rows(schedule);
    let lanes: Vec<usize> = (0..schedule.threads.len())
        .map(|thread| {
            let own = rows.iter().filter(|row| row.thread == thread);
            let texts = own.map(|row| row.text.width());
            let name = words::name(&schedule.threads, thread).width();
            texts.max().unwrap_or(0).max(name) * CHARACTER + 2 * MARGIN
        })
        .collect();
    let left = |thread: usize| MARGIN + lanes[..thread].iter().sum::<usize>();
    let source = left(lanes.len()) + MARGIN;
    let mut drawing = Drawing::new();

    for (thread, name) in schedule.threads.iter().enumerate() {
        drawing.text(name, left(thread), "name");
    }
    drawing.text(&schedule.source.file, source, "source");
    drawing.next += 1;
    for row in &rows {
        if let Some(shade) = row.shade {
            drawing.shade(left(row.thread), lanes[row.thread] - MARGIN, shade);
        }
        drawing.text(&row.text, left(row.thread), row.class);
        if let Some(text) = &row.source {
            drawing.text(text, source, "source");
        }
        drawing.next += 1;
    }
    let end = drawing.next * ROW - ROW / 2;
    for (text, class) in below(schedule) {
        drawing.text(&text, MARGIN, class);
        drawing.next += 1;
    }
    for thread in 0..lanes.len() {
        let x = left(thread) - MARGIN / 2;
        let line = Line::new().set("class", "lane").set("x1", x).set("x2", x);
        drawing.document.append(line.set("y1", ROW / 2).set("y2", end));
    }
    drawing.finish(schedule)
}

struct Row {
    thread: usize,
    text: String,
    class: &'static str,
    shade: Option<&'static str>,
    source: Option<String>,
}

fn rows(schedule: &Schedule) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut before = None;
    let mut last_place = None;
    for step in &schedule.steps {
        if let (Some(thread), Some(reason)) = (before, words::switch(step)) {
            let text = format!("({reason})");
            rows.push(Row { thread, text, class: "quiet", shade: None, source: None });
        }
        let (class, shade) = match step.operation {
            Operation::Panic | Operation::Stuck => ("bad", Some("failed")),
            Operation::Note => ("note", None),
            Operation::Sleep | Operation::Wait | Operation::Blocked | Operation::Join => {
                ("quiet", None)
            }
            _ => ("", Some("step")),
        };
        let place = step.line.map(|line| (step.thread, line));
        let mut source = step.line.filter(|_| place != last_place).and_then(|line| {
            let text = schedule.source.lines.get(&line)?;
            Some(clip(&format!("{line:>4}  {}", text.trim()), MAX_SOURCE))
        });
        for text in wrap(&one_line(&words::step(&schedule.threads, step)), MAX_STEP) {
            rows.push(Row { thread: step.thread, text, class, shade, source: source.take() });
        }
        last_place = place.or(last_place);
        before = Some(step.thread);
    }
    rows
}

/// The lines below the lanes: how it ended, and the notes.
fn below(schedule: &Schedule) -> Vec<(String, &'static str)> {
    let mut lines = Vec::new();
    for (at, line) in schedule.outcome.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        let sign = if at == 0 { '✗' } else { ' ' };
        let wrapped = wrap(&format!("{sign} {line}"), MAX_OUTCOME);
        lines.extend(wrapped.into_iter().map(|line| (line, "bad")));
    }
    for note in &schedule.notes {
        let wrapped = wrap(&format!("note: {}", one_line(note)), MAX_OUTCOME);
        lines.extend(wrapped.into_iter().map(|line| (line, "quiet")));
    }
    lines
}

/// The steps for those who do not see the drawing.
fn in_words(schedule: &Schedule) -> String {
    let steps = schedule.steps.iter().map(|step| {
        let name = words::name(&schedule.threads, step.thread);
        format!("{name}: {}", one_line(&words::step(&schedule.threads, step)))
    });
    steps.collect::<Vec<_>>().join(". ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The document, filled row by row.
struct Drawing {
    document: Document,
    next: usize,
    width: usize,
}

impl Drawing {
    fn new() -> Self {
        Self { document: Document::new().add(Style::new(STYLE)), next: 1, width: 0 }
    }

    fn text(&mut self, text: &str, x: usize, class: &str) {
        // Not `element::Text`, which adds line breaks around the text: they would be drawn as spaces.
        let mut element = Element::new("text");
        if !class.is_empty() {
            element.assign("class", class);
        }
        element.assign("x", x);
        element.assign("y", self.next * ROW);
        element.assign("xml:space", "preserve");
        element.append(Text::new(text));
        self.document.append(element);
        self.width = self.width.max(x + text.width() * CHARACTER);
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

    fn finish(self, schedule: &Schedule) -> String {
        let (width, height) = (self.width + MARGIN, self.next * ROW);
        self.document
            .add(Description::new().add(Text::new(in_words(schedule))))
            .set("class", "schedule")
            .set("viewBox", (0, 0, width, height))
            .set("width", width)
            .set("height", height)
            .set("role", "img")
            .set("aria-label", one_line(&schedule.outcome))
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Found, Source, Step};

    fn schedule(outcome: &str) -> Schedule {
        let mut load = Step::new(0, Operation::Load);
        load.object = Some("counter".to_owned());
        load.sees = Some("Poisoned {\n\n    <value>: 1 }".to_owned());
        load.line = Some(7);
        let mut other = load.clone();
        other.thread = 1;
        Schedule {
            scenario: "one counter".to_owned(),
            threads: vec!["main".to_owned(), "other".to_owned()],
            steps: vec![load, other, Step::new(0, Operation::Panic)],
            outcome: outcome.to_owned(),
            notes: vec!["an old\n\nvalue".to_owned()],
            found: Found::Counted { interleaving: 1, preemptions: 1 },
            source: Source {
                file: "src/counter.rs".to_owned(),
                lines: BTreeMap::from([(7, format!("let x = {};", "one + ".repeat(40)))]),
            },
        }
    }

    #[test]
    fn a_block_of_html_in_markdown_does_not_end_inside() {
        let svg = to_svg(&schedule("left: 1\n\n right: \"2\"\n"));
        assert!(svg.lines().all(|line| !line.trim().is_empty()), "{svg}");
    }

    #[test]
    fn each_line_of_an_outcome_is_drawn_and_the_label_is_one_line() {
        let svg = to_svg(&schedule("assertion failed\n  left: 1\n right: 2"));
        assert!(svg.contains(r#"aria-label="assertion failed left: 1 right: 2""#), "{svg}");
        for line in [">✗ assertion failed<", ">    left: 1<", ">   right: 2<"] {
            assert!(svg.contains(line), "{line} in {svg}");
        }
    }

    #[test]
    fn the_style_is_that_of_the_drawing_alone() {
        for rule in STYLE.lines() {
            let selectors = rule.split('{').next().expect("it has one").split(',');
            for selector in selectors {
                assert!(selector.trim().starts_with("svg.schedule "), "{rule}");
            }
        }
        assert!(to_svg(&schedule("")).starts_with("<svg aria-label=\"\" class=\"schedule\""));
    }

    #[test]
    fn long_lines_are_cut_and_long_steps_wrapped() {
        let svg = to_svg(&schedule("it fails"));
        let texts = svg.lines().filter(|line| line.starts_with("<text"));
        for text in texts {
            let text = text.split(['<', '>']).nth(2).expect("its content");
            assert!(text.width() <= MAX_SOURCE, "{text}");
        }
        assert!(svg.contains('…'), "{svg}");
    }

    #[test]
    fn a_line_is_shown_again_when_another_thread_runs_it() {
        let svg = to_svg(&schedule("it fails"));
        assert_eq!(svg.matches("   7  let x").count(), 2, "{svg}");
    }
}
