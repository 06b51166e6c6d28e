//! Drawings of a schedule and of a story, as tables: a column for each thread, a row for each step.

use maud::{Markup, html};
use schedule::{Found, Operation, Schedule, Step, Story, draw};

use super::people::People;

/// So many threads have a colour of their own.
const LANES: usize = 5;

/// A row of a drawing.
struct Row<'a> {
    thread: usize,
    text: String,
    class: &'static str,
    /// The answer's line, if it is another one than in the row before.
    source: Option<(u32, &'a str)>,
}

fn rows(schedule: &Schedule) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut before = None;
    let mut last_place = None;
    for step in &schedule.steps {
        if let (Some(thread), Some(reason)) = (before, draw::switch(step)) {
            rows.push(Row { thread, text: format!("({reason})"), class: "waits", source: None });
        }
        let place = step.line.map(|line| (step.thread, line));
        let source = step.line.filter(|_| place != last_place).and_then(|line| {
            let text = schedule.source.lines.get(&line)?;
            Some((line, text.trim()))
        });
        let text = draw::words(&schedule.threads, step);
        rows.push(Row { thread: step.thread, text, class: class(step), source });
        last_place = place.or(last_place);
        before = Some(step.thread);
    }
    rows
}

fn class(step: &Step) -> &'static str {
    match step.operation {
        Operation::Panic | Operation::Stuck => "failed",
        Operation::Note => "note",
        Operation::Sleep | Operation::Wait | Operation::Blocked | Operation::Join => "waits",
        _ => "step",
    }
}

/// Draws a schedule: the threads side by side, and the answer's lines beside the steps.
pub(super) fn schedule(people: &People, schedule: &Schedule) -> Markup {
    let Schedule { scenario, threads, outcome, notes, found, source, .. } = schedule;
    let has_source = !source.lines.is_empty();
    let outcome: Vec<&str> = outcome.lines().filter(|line| !line.trim().is_empty()).collect();
    html! {
        figure.schedule {
            figcaption {
                "The model: " (people.prose(scenario)) ". It fails "
                @match found {
                    Found::Counted { interleaving, preemptions } => {
                        "in interleaving " (interleaving) ", with "
                        (super::count(*preemptions, "preemption"))
                    },
                    Found::Seeded { seed } => { "under seed " (seed) },
                }
                ":"
            }
            div.scroll tabindex="0" role="group" aria-label="Schedule" { table {
                thead { tr {
                    @for (thread, name) in threads.iter().enumerate() {
                        th.(lane(thread)) scope="col" { (people.text(name)) }
                    }
                    @if has_source {
                        th.source scope="col" colspan="2" { (people.text(&source.file)) }
                    }
                } }
                tbody { @for row in rows(schedule) { tr {
                    @for thread in 0..threads.len() {
                        @if thread == row.thread {
                            td.(lane(thread)).(row.class) { (people.text(&row.text)) }
                        } @else {
                            td.(lane(thread)) {}
                        }
                    }
                    @if let Some((line, text)) = row.source {
                        td.line { (line) }
                        td.source { code { (people.text(text)) } }
                    }
                } } }
                tfoot { tr { td.failed colspan=(threads.len() + 2 * usize::from(has_source)) {
                    @for (at, line) in outcome.iter().enumerate() {
                        @if at == 0 { "✗ " } @else { br; }
                        (people.prose(line))
                    }
                } } }
            } }
            @for note in notes { p.quiet { "Note: " (people.prose(note)) } }
        }
    }
}

fn lane(thread: usize) -> String {
    format!("lane-{}", thread % LANES + 1)
}

/// Shows a sequence of events, and what each has changed.
pub(super) fn story(people: &People, story: &Story) -> Markup {
    html! {
        figure.story {
            figcaption {
                "The shortest sequence that shows it, with " (people.prose(&story.setting)) ":"
            }
            div.scroll tabindex="0" role="group" aria-label="Sequence" { table {
                thead { tr { th scope="col" { "What is done" } th scope="col" { "What is seen then" } } }
                tbody { @for event in &story.events {
                    tr {
                        td.step { (people.prose(&event.done)) }
                        td { (people.prose(&event.seen.join(", "))) }
                    }
                } }
            } }
        }
    }
}
