//! A verdict and hints as text for people, with ANSI colours.

mod doctor;
mod failure;
mod hint;
mod list;
mod refusal;

use std::fmt::Write;

pub use doctor::findings;
pub use hint::{one_hint, open_hints};
pub use refusal::refusal;

use crate::answer::AnswerSource;
use crate::guide::Server;
use crate::terminal::{BAD, BOLD, DIM, GOOD, UNSURE};
use crate::verdict::{CheckResult, CheckStatus, Status, Verdict};

/// Longer lines of prose are hard to read.
const MAX_PROSE: usize = 100;
/// A verdict on a common mistake has at most this many lines, so that a terminal shows all of it.
const SCREEN: usize = 45;

/// How to show a verdict.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The columns of the terminal.
    pub width: usize,
    /// List every check by name, also those that pass.
    pub all: bool,
    /// Show each failure in full, and not only the one to fix first. For checks that were asked
    /// for by name.
    pub each: bool,
    /// The server that shows the guide, if one runs.
    pub server: Option<&'static Server>,
}

impl Options {
    /// The columns of prose.
    fn prose(&self) -> usize {
        self.width.min(MAX_PROSE)
    }
}

/// The verdict on an answer.
pub fn verdict(answer: &AnswerSource, verdict: &Verdict, options: Options) -> String {
    if let Some(message) = &verdict.message {
        // The compiler says enough.
        return format!("{}\n", message.trim_end());
    }
    let head = head(answer, verdict, options.prose());
    if verdict.status == Status::Refused {
        return format!("{head}{}", refusal(answer, verdict, options));
    }
    let mut rest = warnings(verdict);
    match options.each {
        true => failure::each(&mut rest, &answer.exercise, verdict, options),
        false => failure::first_to_fix(&mut rest, &answer.exercise, verdict, options),
    }
    summary(&mut rest, verdict, options.prose());
    let room = SCREEN.saturating_sub(head.lines().count() + rest.lines().count() + 1);
    let list = list::of(verdict, options, room);
    format!("{head}{list}\n{rest}")
}

/// What a check says that does not pass, for a report: its message, and what shows the failure.
pub fn explanation(check: &CheckResult, width: usize) -> String {
    let mut out = String::new();
    failure::explanation(&mut out, check, Options { width, ..Options::default() });
    out
}

fn head(answer: &AnswerSource, verdict: &Verdict, width: usize) -> String {
    let file = answer.file.display().to_string();
    let fits = verdict.exercise.len() + 2 + file.len() <= width;
    let between = if fits { "  " } else { "\n" };
    format!("{BOLD}{}{BOLD:#}{between}{DIM}{file}{DIM:#}\n\n", verdict.exercise)
}

/// In rustc's own layout.
fn warnings(verdict: &Verdict) -> String {
    verdict.warnings.iter().map(|text| format!("{}\n\n", text.trim_end())).collect()
}

fn summary(out: &mut String, verdict: &Verdict, width: usize) {
    let style = match verdict.status {
        Status::Passed => GOOD,
        Status::Inconclusive => UNSURE,
        _ => BAD,
    };
    let passed = verdict.count(CheckStatus::Passed);
    let not_selected = verdict.checks.iter().filter(|check| check.is_not_selected()).count();
    let checks = verdict.checks.len() - not_selected;
    let passed = format!("{passed} of {checks} checks passed");
    let (first, second) = match not_selected {
        0 if verdict.max_points == 0 => (passed, "optional: they count no points".to_owned()),
        0 => (format!("{} of {} points", verdict.points, verdict.max_points), passed),
        _ => (passed, format!("{not_selected} not selected")),
    };
    let between = if first.len() + second.len() + 2 <= width { ", " } else { "\n" };
    let _ = writeln!(out, "{style}{first}{style:#}{between}{second}");
}

/// Writes text, if there is any, in lines that fit, each after the same indent.
fn prose(out: &mut String, text: &str, indent: &str, width: usize) {
    if text.is_empty() {
        return;
    }
    for line in textwrap::wrap(text, width.saturating_sub(indent.len())) {
        let _ = writeln!(out, "{indent}{line}");
    }
}

/// A number of things, in words.
fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A text as long as there is room on one line.
fn clipped(text: &str, width: usize) -> String {
    let text = text.lines().next().unwrap_or_default();
    match text.chars().count() > width {
        true => text.chars().take(width.saturating_sub(3)).chain("...".chars()).collect(),
        false => text.to_owned(),
    }
}
