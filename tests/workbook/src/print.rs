//! The verdict for people.

use std::fmt::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use schedule::{Found, draw};

use crate::answer::AnswerSource;
use crate::exercise::Check;
use crate::verdict::{CheckStatus, Judged, Status, Verdict};

pub const GOOD: Style = AnsiColor::Green.on_default().bold();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();

/// Wider than this, lines are hard to read and schedules do not get better.
const WIDEST: usize = 100;
const NARROWEST: usize = 40;
/// So many schedules are drawn in one verdict; each of the others at one's asking.
const MOST_SCHEDULES: usize = 3;
const MOST_PRINTED_LINES: usize = 10;

/// The width to print in: the terminal's, within reason.
pub fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.unwrap_or(WIDEST).clamp(NARROWEST, WIDEST)
}

/// The verdict in words and ANSI colours.
pub fn verdict(answer: &AnswerSource, verdict: &Verdict, width: usize) -> String {
    let mut out = String::new();
    if let Some(message) = &verdict.message {
        // The compiler's words are enough.
        out += message.trim_end();
        out.push('\n');
        return out;
    }
    let file = answer.file.display().to_string();
    let fits = verdict.exercise.len() + 2 + file.len() <= width;
    let between = if fits { "  " } else { "\n" };
    let _ = writeln!(out, "{BOLD}{}{BOLD:#}{between}{DIM}{file}{DIM:#}\n", verdict.exercise);
    for check in verdict.checks.iter().filter(|check| check.status != CheckStatus::NotRun) {
        line(&mut out, check, width);
    }
    out.push('\n');

    let mut schedules = 0;
    for failures in by_cause(&verdict.checks) {
        let drawn = failures[0].schedule.is_some() && schedules < MOST_SCHEDULES;
        schedules += usize::from(drawn);
        failure(&mut out, &answer.workspace, verdict, &failures, drawn, width);
    }
    summary(&mut out, verdict, width);
    out
}

fn line(out: &mut String, check: &Judged, width: usize) {
    let (sign, style) = sign(check.status);
    let points = format!("{}/{}", check.points, check.max_points);
    let points = match check.status {
        _ if check.max_points == 0 => String::new(),
        CheckStatus::Passed => format!("{DIM}{points:>5}{DIM:#}"),
        _ => format!("{points:>5}"),
    };
    let lines = textwrap::wrap(&check.title, width.saturating_sub(11));
    for (at, text) in lines.iter().enumerate() {
        let _ = match at {
            0 => {
                let gap = " ".repeat((width - 11).saturating_sub(text.chars().count()));
                let line = format!("  {style}{sign}{style:#} {text}{gap} {points}");
                writeln!(out, "{}", line.trim_end())
            }
            _ => writeln!(out, "    {text}"),
        };
    }
}

fn sign(status: CheckStatus) -> (char, Style) {
    match status {
        CheckStatus::Passed => ('✓', GOOD),
        CheckStatus::Failed => ('✗', BAD),
        CheckStatus::Timeout => ('∞', BAD),
        CheckStatus::Inconclusive => ('?', UNSURE),
        CheckStatus::NotRun => ('·', DIM),
    }
}

/// Failures with the same words are one, said once.
fn by_cause(checks: &[Judged]) -> Vec<Vec<&Judged>> {
    let mut causes: Vec<Vec<&Judged>> = Vec::new();
    let failed = checks
        .iter()
        .filter(|check| !matches!(check.status, CheckStatus::Passed | CheckStatus::NotRun));
    for check in failed {
        let same = |cause: &&mut Vec<&Judged>| {
            cause[0].message == check.message
                && cause[0].schedule.is_none()
                && check.schedule.is_none()
        };
        match causes.iter_mut().find(same) {
            Some(cause) => cause.push(check),
            None => causes.push(vec![check]),
        }
    }
    causes
}

fn failure(
    out: &mut String,
    root: &Path,
    verdict: &Verdict,
    failures: &[&Judged],
    drawn: bool,
    width: usize,
) {
    let check = failures[0];
    let (sign, style) = sign(check.status);
    let others = match failures.len() {
        1 => String::new(),
        n => format!(" {DIM}and {} more{DIM:#}", n - 1),
    };
    let _ = writeln!(out, "{style}{sign} {}{style:#}{others}", check.title);
    for text in textwrap::wrap(check.message.as_deref().unwrap_or_default(), width - 2) {
        let _ = writeln!(out, "  {text}");
    }
    if !check.printed.is_empty() {
        let _ = writeln!(out, "\n  {DIM}your code printed:{DIM:#}");
        for text in check.printed.lines().take(MOST_PRINTED_LINES) {
            let text: String = text.chars().filter(|c| !c.is_control()).take(width - 4).collect();
            let _ = writeln!(out, "    {text}");
        }
        if check.printed.lines().count() > MOST_PRINTED_LINES {
            let _ = writeln!(out, "    {DIM}…{DIM:#}");
        }
    }
    if let Some(schedule) = check.schedule.as_ref().filter(|_| drawn) {
        let broken = match schedule.found {
            Found::Counted { interleaving, preemptions: 1 } => {
                format!("in interleaving {interleaving}, with 1 preemption")
            }
            Found::Counted { interleaving, preemptions } => {
                format!("in interleaving {interleaving}, with {preemptions} preemptions")
            }
            Found::Seeded { seed } => format!("under seed {seed}"),
        };
        let caption = format!("The model: {}. It breaks {broken}:", schedule.scenario);
        out.push('\n');
        for text in textwrap::wrap(&caption, width - 2) {
            let _ = writeln!(out, "  {DIM}{text}{DIM:#}");
        }
        out.push('\n');
        for text in draw::to_terminal(schedule, width - 4).lines() {
            let _ = writeln!(out, "    {text}");
        }
    }
    out.push('\n');
    if let Some(Found::Seeded { seed }) = check.schedule.as_ref().map(|schedule| schedule.found)
        && drawn
    {
        let _ = writeln!(
            out,
            "  {DIM}the same again: just check {} {} --replay {seed}{DIM:#}",
            verdict.exercise, check.name
        );
    }
    if check.schedule.is_some() && !drawn {
        let _ = writeln!(
            out,
            "  {DIM}its interleaving: just check {} {}{DIM:#}",
            verdict.exercise, check.name
        );
    }
    let (page, anchor) = check.guide.split_once('#').unwrap_or((&check.guide, ""));
    let page = format!("guide/src/{page}.md");
    if root.join(&page).is_file() {
        let _ = writeln!(out, "  {DIM}to read: {page}, \"{}\"{DIM:#}", anchor.replace('-', " "));
    }
    let _ = writeln!(out, "  {DIM}a hint: just hint {} {}{DIM:#}\n", verdict.exercise, check.name);
}

fn summary(out: &mut String, verdict: &Verdict, width: usize) {
    let run = verdict.checks.iter().filter(|check| check.status != CheckStatus::NotRun).count();
    let passed = verdict.checks.iter().filter(|check| check.status == CheckStatus::Passed).count();
    let style = match verdict.status {
        Status::Passed => GOOD,
        Status::Inconclusive => UNSURE,
        _ => BAD,
    };
    let left = verdict.checks.len() - run;
    let (first, second) = match left {
        0 => (
            format!("{} of {} points", verdict.points, verdict.max_points),
            format!("{passed} of {run} checks passed"),
        ),
        _ => (format!("{passed} of {run} checks passed"), format!("{left} were not asked for")),
    };
    let between = if first.len() + second.len() + 2 <= width { ", " } else { "\n" };
    let _ = writeln!(out, "{style}{first}{style:#}{between}{second}");
}

/// One hint of a check, and how to get the other.
pub fn hint(exercise: &str, check: &Check, number: usize, width: usize) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{BOLD}{}{BOLD:#}", check.title);
    for text in textwrap::wrap(&check.hints[number - 1], width - 2) {
        let _ = writeln!(out, "  {text}");
    }
    if number < check.hints.len() {
        let _ = writeln!(out, "{DIM}  more: just hint {exercise} {} 2{DIM:#}", check.name);
    }
    out
}

/// The hints of a check that are open, and how to get one more.
pub fn hints(exercise: &str, check: &Check, open: usize, width: usize) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{BOLD}{}{BOLD:#}", check.title);
    for (number, hint) in (1..=open).zip(&check.hints) {
        let indent = format!("  {number}  ");
        let options = textwrap::Options::new(width).initial_indent(&indent);
        for text in textwrap::wrap(hint, options.subsequent_indent("     ")) {
            let _ = writeln!(out, "{text}");
        }
    }
    let _ = match open < check.hints.len() {
        true => writeln!(out, "{DIM}  more: just hint {exercise}{DIM:#}"),
        false => writeln!(out, "{DIM}  there are no more hints of this check{DIM:#}"),
    };
    out
}
