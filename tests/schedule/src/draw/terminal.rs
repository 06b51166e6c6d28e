//! For the terminal: a column per thread, and the answer's lines beside the steps.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::words::{self, clip, wrap};
use crate::{Operation, Schedule};

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const LANES: [Style; 5] = [
    AnsiColor::Cyan.on_default(),
    AnsiColor::Yellow.on_default(),
    AnsiColor::Magenta.on_default(),
    AnsiColor::Green.on_default(),
    AnsiColor::Blue.on_default(),
];

/// The narrowest column in which steps can be read.
const MIN_COLUMN: usize = 22;
/// The widest column, unless there is more room than the source lines need.
const MAX_COLUMN: usize = 34;
/// The least room in which source lines can be read beside the steps.
const MIN_SOURCE: usize = 24;
/// The room for the number of a source line, and for the gap between it and the line.
const NUMBER: usize = 4;
const NUMBER_GAP: usize = 2;
/// The gap between two columns.
const GAP: usize = 2;

/// A line of the drawing before it is laid out.
struct Row {
    thread: usize,
    text: String,
    line: Option<u32>,
    style: Style,
}

/// Draws a schedule in at most `width` columns, with ANSI colours. `anstream` removes the colours
/// where the terminal or `NO_COLOR` asks for that.
///
/// The lines of the answer are beside the steps, or below them if there is no room. In a terminal
/// that is too narrow for a column per thread, the steps are in a list.
pub fn to_terminal(schedule: &Schedule, width: usize) -> String {
    let rows = rows(schedule);
    let threads = schedule.threads.len();
    let mut out = String::new();

    // The width of a column, if the source gets this much room.
    let column =
        |source: usize| (width.saturating_sub(source) / threads.max(1)).saturating_sub(GAP);
    let has_source = !schedule.source.lines.is_empty();
    let number = if has_source { NUMBER } else { 0 };
    if column(number) < MIN_COLUMN {
        draw_as_list(&mut out, schedule, &rows, width);
    } else {
        let steps = rows.iter().map(|row| row.text.width()).max().unwrap_or(0);
        let lines = schedule.source.lines.values().map(|line| line.trim().width()).max();
        let lines = lines.map_or(0, |width| width + NUMBER + NUMBER_GAP);
        let beside = has_source && column(MIN_SOURCE) >= MIN_COLUMN;
        let most = match beside {
            true => column(lines).max(MAX_COLUMN).min(column(MIN_SOURCE)),
            false => column(number),
        };
        let column = steps.clamp(MIN_COLUMN, most.max(MIN_COLUMN));
        let source = if beside { width - threads * (column + GAP) } else { number };
        draw_in_columns(&mut out, schedule, &rows, column, source);
    }

    for (at, line) in textwrap::wrap(&schedule.outcome, width.saturating_sub(2)).iter().enumerate()
    {
        let sign = if at == 0 { "✗" } else { " " };
        let _ = writeln!(out, "{BAD}{sign} {line}{BAD:#}");
    }
    for note in &schedule.notes {
        for (at, line) in textwrap::wrap(note, width.saturating_sub(8)).iter().enumerate() {
            let lead = if at == 0 { "  note: " } else { "        " };
            let _ = writeln!(out, "{DIM}{lead}{line}{DIM:#}");
        }
    }
    out
}

fn rows(schedule: &Schedule) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut before = None;
    for step in &schedule.steps {
        if let (Some(thread), Some(reason)) = (before, words::switch(step)) {
            rows.push(Row { thread, text: format!("({reason})"), line: None, style: DIM });
        }
        let style = match step.operation {
            Operation::Panic | Operation::Stuck => BAD,
            Operation::Note => BOLD,
            Operation::Sleep | Operation::Wait | Operation::Blocked | Operation::Join => DIM,
            _ => Style::new(),
        };
        let text = words::step(&schedule.threads, step);
        rows.push(Row { thread: step.thread, text, line: step.line, style });
        before = Some(step.thread);
    }
    rows
}

/// Draws columns of this width. With at least [`MIN_SOURCE`] for the source, its lines are beside
/// the steps; with less, only their numbers are.
fn draw_in_columns(
    out: &mut String,
    schedule: &Schedule,
    rows: &[Row],
    column: usize,
    source: usize,
) {
    let beside = source >= MIN_SOURCE;
    let names = schedule.threads.iter().enumerate();
    let mut heading: Vec<Cell> =
        names.map(|(at, name)| Cell::new(clip(name, column), lane(at).bold())).collect();
    if beside {
        heading.push(Cell::new(schedule.source.file.clone(), DIM));
    }
    draw_line(out, &heading, column + GAP);

    let mut last_place = None;
    for row in rows {
        let place = row.line.map(|line| (row.thread, line));
        for (at, part) in wrap(&row.text, column).into_iter().enumerate() {
            let mut cells: Vec<Cell> = (0..schedule.threads.len())
                .map(|thread| Cell::new("│".to_owned(), lane(thread).dimmed()))
                .collect();
            cells[row.thread] = Cell::new(part, row.style);
            if let Some(line) = row.line
                && at == 0
                && place != last_place
            {
                cells.push(match beside {
                    true => Cell::new(source_line(schedule, line, source), Style::new()),
                    false => Cell::new(format!("{line:>NUMBER$}"), DIM),
                });
            }
            draw_line(out, &cells, column + GAP);
        }
        last_place = place.or(last_place);
    }
    if !beside {
        draw_source_below(out, schedule, column * schedule.threads.len());
    }
}

/// The text of one column in one line.
struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    fn new(text: String, style: Style) -> Self {
        Self { text, style }
    }
}

fn draw_line(out: &mut String, cells: &[Cell], width: usize) {
    for (at, Cell { text, style }) in cells.iter().enumerate() {
        let _ = write!(out, "{style}{text}{style:#}");
        if at + 1 < cells.len() {
            out.push_str(&" ".repeat(width.saturating_sub(text.width())));
        }
    }
    out.push('\n');
}

fn lane(thread: usize) -> Style {
    LANES[thread % LANES.len()]
}

/// Where the columns do not fit: a line per step, under the name of its thread.
fn draw_as_list(out: &mut String, schedule: &Schedule, rows: &[Row], width: usize) {
    let mut running = None;
    for row in rows {
        if running != Some(row.thread) {
            let style = lane(row.thread).bold();
            let _ = writeln!(out, "{style}{}{style:#}", words::name(&schedule.threads, row.thread));
            running = Some(row.thread);
        }
        let at = row.line.map(|line| format!("{line:>4}  ")).unwrap_or_else(|| " ".repeat(6));
        for (part_at, part) in wrap(&row.text, width.saturating_sub(6).max(12)).iter().enumerate() {
            let lead = if part_at == 0 { at.as_str() } else { "      " };
            let style = row.style;
            let _ = writeln!(out, "{DIM}{lead}{DIM:#}{style}{part}{style:#}");
        }
    }
    draw_source_below(out, schedule, width);
}

fn draw_source_below(out: &mut String, schedule: &Schedule, width: usize) {
    if schedule.source.lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "{DIM}{}{DIM:#}", schedule.source.file);
    for line in schedule.source.lines.keys() {
        let _ = writeln!(out, "{}", source_line(schedule, *line, width));
    }
}

fn source_line(schedule: &Schedule, line: u32, width: usize) -> String {
    let Some(text) = schedule.source.lines.get(&line) else { return String::new() };
    let text = clip(text.trim(), width.saturating_sub(NUMBER + NUMBER_GAP));
    format!("{DIM}{line:>NUMBER$}{DIM:#}  {text}")
}
