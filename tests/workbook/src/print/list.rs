//! The list of checks: how many pass, and which do not.

use std::fmt::Write;

use anstyle::Style;
use textwrap::core::display_width;

use super::{Options, clipped, count};
use crate::terminal::{BAD, DIM, GOOD, UNSURE};
use crate::verdict::{CheckResult, CheckStatus, Verdict};

/// However much there is to show below, this many failures are listed.
const MIN_ROWS: usize = 3;
/// However much room there is, more than this many say no more.
const MAX_ROWS: usize = 12;

/// The list in about as many lines as there is room for; with all checks by name if the options
/// ask for that.
pub(super) fn of(verdict: &Verdict, options: Options, room: usize) -> String {
    let width = options.prose();
    let mut out = String::new();
    if options.all || options.each {
        for check in verdict.checks.iter().filter(|check| !check.is_not_selected()) {
            row(&mut out, &[check], width);
        }
        return out;
    }
    let ended = |status| verdict.checks.iter().filter(move |check| check.status == status);
    let passed = ended(CheckStatus::Passed).count();
    if passed > 0 {
        let all = if verdict.failing().count() > 0 { "  (--all lists them)" } else { "" };
        let verb = if passed == 1 { "passes" } else { "pass" };
        let checks = count(passed, "check");
        let _ = writeln!(out, "  {GOOD}✓{GOOD:#} {checks} {verb}{DIM}{all}{DIM:#}");
        narrower(&mut out, verdict);
    }
    let groups = verdict.failures_by_cause();
    let not_run = verdict.skipped();
    let room = room.saturating_sub(usize::from(passed > 0) + usize::from(not_run > 0));
    let room = room.min(MAX_ROWS);
    let shown = match groups.len() <= room {
        true => groups.len(),
        false => room.saturating_sub(1).max(MIN_ROWS).min(groups.len()),
    };
    for group in &groups[..shown] {
        row(&mut out, group, width);
    }
    let left: usize = groups[shown..].iter().map(Vec::len).sum();
    if left > 0 {
        let _ = writeln!(out, "    {DIM}and {left} more that do not pass{DIM:#}");
    }
    if not_run > 0 {
        let _ = writeln!(out, "  {DIM}· {} not run{DIM:#}", count(not_run, "check"));
    }
    out
}

/// What some of the checks that pass have to say of their search.
fn narrower(out: &mut String, verdict: &Verdict) {
    let passed = verdict.checks.iter().filter(|check| check.status == CheckStatus::Passed);
    let messages: Vec<&String> = passed.filter_map(|check| check.message.as_ref()).collect();
    if let Some(message) = messages.first() {
        let _ = writeln!(out, "    {DIM}{} of them {message}{DIM:#}", messages.len());
    }
}

/// One line for a check, or for several that are alike.
fn row(out: &mut String, group: &[&CheckResult], width: usize) {
    let (sign, style) = sign(group[0].status);
    let points: u32 = group.iter().map(|check| check.points).sum();
    let max: u32 = group.iter().map(|check| check.max_points).sum();
    let points = if max == 0 { String::new() } else { format!("{points}/{max}") };
    let title = clipped(&title(group), width.saturating_sub(12));
    let gap = " ".repeat(width.saturating_sub(5 + display_width(&title) + points.len()));
    let dim = if group[0].fails() { Style::new() } else { DIM };
    let line = format!("  {style}{sign}{style:#} {title}{gap} {dim}{points}{dim:#}");
    let _ = writeln!(out, "{}", line.trim_end());
}

fn title(group: &[&CheckResult]) -> String {
    let state = match group[0].status {
        CheckStatus::Inconclusive => " (inconclusive)",
        CheckStatus::NotRun => " (not run)",
        _ => "",
    };
    match group {
        [check] => format!("{}{state}", check.title),
        _ => format!("{} checks{state}: {}", group.len(), super::failure::in_short(group)),
    }
}

pub(super) fn sign(status: CheckStatus) -> (char, Style) {
    match status {
        CheckStatus::Passed => ('✓', GOOD),
        CheckStatus::Failed | CheckStatus::Timeout => ('✗', BAD),
        CheckStatus::Inconclusive => ('?', UNSURE),
        CheckStatus::NotRun => ('·', DIM),
    }
}
