//! What is wrong: the failure to fix first, its interleaving, and what to do next.

use std::fmt::Write;

use schedule::{Cause, Found, Schedule, Story, draw};

use super::list::sign;
use super::{Options, count, prose};
use crate::exercise::Exercise;
use crate::hints;
use crate::terminal::{DIM, GOOD};
use crate::verdict::{CheckResult, Verdict, is_general};

/// Wider drawings have too long a way from the step to its line.
const MAX_DRAWING: usize = 160;
const MAX_PRINTED_LINES: usize = 10;
/// How many steps an interleaving may have that is shown beside the failure to fix first.
const MAX_STEPS_AS_WELL: usize = 16;

/// The failure to fix first, and what to do next. Without a failure, what is inconclusive.
pub(super) fn first_to_fix(
    out: &mut String,
    exercise: &Exercise,
    verdict: &Verdict,
    options: Options,
) {
    let groups = verdict.failures_by_cause();
    let first = verdict.first_to_fix().map(|check| &check.name);
    let has_first =
        |group: &&Vec<&CheckResult>| group.iter().any(|check| Some(&check.name) == first);
    let Some(group) = groups.iter().find(has_first) else {
        // Only what is inconclusive is left.
        for group in groups {
            failure(out, &group, options);
            out.push('\n');
        }
        return;
    };
    failure(out, group, options);
    let width = options.prose();
    out.push('\n');
    if let Some((check, schedule)) = to_draw_as_well(exercise, verdict, group[0]) {
        let text = format!("Perhaps the same, step by step, in: {}", check.title);
        prose(out, &text, "  ", width);
        drawing(out, schedule, options);
        out.push('\n');
    }
    // What is not written yet fails for its own reason.
    let is_other = |check: &&CheckResult| {
        check.cause != Some(Cause::NotWritten) && group.iter().all(|one| one.name != check.name)
    };
    let others = verdict.failing().filter(is_other).count();
    if others > 0 {
        let verb = if others == 1 { "fails" } else { "fail" };
        let text = format!(
            "{} {verb}, perhaps for the same reason: fix this one first.",
            count(others, "more check")
        );
        prose(out, &text, "  ", width);
    }
    let skipped = verdict.skipped();
    if skipped > 0 {
        let verb = if skipped == 1 { "was" } else { "were" };
        let not_run = count(skipped, "check");
        let text = format!("{not_run} {verb} not run, since too many before hang.");
        prose(out, &text, "  ", width);
    }
    next(out, exercise, verdict, group[0], options);
}

/// An interleaving of a check that finds the same mistakes, where the failure to fix first has none to
/// show. One with few steps says more than words.
fn to_draw_as_well<'a>(
    exercise: &Exercise,
    verdict: &'a Verdict,
    first: &CheckResult,
) -> Option<(&'a CheckResult, &'a Schedule)> {
    if first.schedule.is_some() || first.cause.is_some_and(is_general) {
        return None;
    }
    let draws_first = |check: &&CheckResult| {
        exercise.check(&check.name).is_ok_and(|check| check.draws.contains(&first.name))
    };
    let drawn = verdict.failing().filter(draws_first);
    let drawn = drawn.filter_map(|check| Some((check, check.schedule.as_ref()?)));
    let drawn = drawn.filter(|(_, schedule)| schedule.steps.len() <= MAX_STEPS_AS_WELL);
    drawn.min_by_key(|(_, schedule)| schedule.steps.len())
}

/// Every failure in full.
pub(super) fn each(out: &mut String, exercise: &Exercise, verdict: &Verdict, options: Options) {
    let ended = verdict.checks.iter().filter(|check| check.fails() || check.is_inconclusive());
    for check in ended {
        failure(out, &[check], options);
        out.push('\n');
        if check.fails() {
            next(out, exercise, verdict, check, options);
        }
    }
}

/// What a group of failures has in common, in a few words.
pub(super) fn in_short<'a>(group: &[&'a CheckResult]) -> &'a str {
    match group[0].cause.filter(|&cause| is_general(cause)) {
        Some(cause) => hints::headline(cause),
        None => group[0].message.as_deref().unwrap_or_default(),
    }
}

fn failure(out: &mut String, group: &[&CheckResult], options: Options) {
    let check = group[0];
    let width = options.prose();
    let (sign, style) = sign(check.status);
    let message = check.message.as_deref().unwrap_or_default();
    let others = match group.len() {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    match check.cause.filter(|&cause| is_general(cause)) {
        Some(cause) => {
            let _ = writeln!(out, "{style}{sign} {}{style:#}", hints::headline(cause));
            prose(out, message, "  ", width);
            let check = super::clipped(&format!("{}{others}", check.title), width - 9);
            let _ = writeln!(out, "  {DIM}check: {check}{DIM:#}");
        }
        None => {
            let _ = writeln!(out, "{style}{sign} {}{style:#}{DIM}{others}{DIM:#}", check.title);
            prose(out, message, "  ", width);
        }
    }
    details(out, check, options);
}

/// What a check says that does not pass: its message, and what shows the failure.
pub(super) fn explanation(out: &mut String, check: &CheckResult, options: Options) {
    prose(out, check.message.as_deref().unwrap_or_default(), "  ", options.prose());
    details(out, check, options);
}

fn details(out: &mut String, check: &CheckResult, options: Options) {
    if let Some(error) = &check.compiler_error {
        let _ = writeln!(out, "\n{}", error.trim_end());
    }
    printed(out, check, options.prose());
    if let Some(schedule) = &check.schedule {
        drawing(out, schedule, options);
    }
    if let Some(story) = check.story.as_ref().filter(|story| !story.events.is_empty()) {
        events(out, story, options);
    }
}

fn printed(out: &mut String, check: &CheckResult, width: usize) {
    if check.printed.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  {DIM}your code printed:{DIM:#}");
    for text in check.printed.lines().take(MAX_PRINTED_LINES) {
        let text: String = text.chars().filter(|c| !c.is_control()).take(width - 4).collect();
        let _ = writeln!(out, "    {text}");
    }
    if check.printed.lines().count() > MAX_PRINTED_LINES {
        let _ = writeln!(out, "    {DIM}...{DIM:#}");
    }
}

fn events(out: &mut String, story: &Story, options: Options) {
    let caption = format!("The shortest sequence that shows it, with {}:", story.setting);
    out.push('\n');
    prose(out, &caption, "  ", options.prose());
    out.push('\n');
    for text in draw::story_to_terminal(story, options.width.min(MAX_DRAWING) - 4).lines() {
        let _ = writeln!(out, "    {text}");
    }
}

fn drawing(out: &mut String, schedule: &Schedule, options: Options) {
    let found = match schedule.found {
        Found::Counted { interleaving, preemptions } => {
            let plural = if preemptions == 1 { "" } else { "s" };
            format!("in interleaving {interleaving}, with {preemptions} preemption{plural}")
        }
        Found::Seeded { seed } => format!("under seed {seed}"),
    };
    let caption = format!("The model: {}. It fails {found}:", schedule.scenario);
    out.push('\n');
    for text in textwrap::wrap(&caption, options.prose() - 2) {
        let _ = writeln!(out, "  {DIM}{text}{DIM:#}");
    }
    out.push('\n');
    for text in draw::to_terminal(schedule, options.width.min(MAX_DRAWING) - 4).lines() {
        let _ = writeln!(out, "    {text}");
    }
}

/// The commands and the page that help with a failure.
fn next(
    out: &mut String,
    exercise: &Exercise,
    verdict: &Verdict,
    check: &CheckResult,
    options: Options,
) {
    let hint = match options.each {
        true => format!("just hint {} {}", verdict.exercise, check.name),
        false => format!("just hint {}", verdict.exercise),
    };
    let _ = writeln!(out, "  {DIM}hint:{DIM:#}    {GOOD}{hint}{GOOD:#}");
    if !options.each {
        let alone = format!("just check {} {}", verdict.exercise, check.name);
        let _ = writeln!(out, "  {DIM}alone:{DIM:#}   {alone}");
    }
    to_read(out, exercise, check, options);
    let seed = match (check.schedule.as_ref().map(|schedule| schedule.found), &check.story) {
        (Some(Found::Seeded { seed }), _) => Some(seed),
        (_, Some(story)) => Some(story.seed),
        _ => None,
    };
    if let Some(seed) = seed {
        let replay = format!("just check {} {} --replay {seed}", verdict.exercise, check.name);
        let _ = writeln!(out, "  {DIM}replay:{DIM:#}  {replay}");
    }
    out.push('\n');
}

/// The section of the guide about a check.
fn to_read(out: &mut String, exercise: &Exercise, check: &CheckResult, options: Options) {
    if let Some(section) = check.guide.as_deref().and_then(|guide| guide.split_once('#')) {
        section_to_read(out, exercise, section, options);
    }
}

/// A section of the guide by its page and anchor, and its address if a server shows the guide.
pub(super) fn section_to_read(
    out: &mut String,
    exercise: &Exercise,
    (page, anchor): (&str, &str),
    options: Options,
) {
    let mut text = format!("guide/src/{page}.md");
    if let Some(section) = exercise.section(page, anchor) {
        let _ = write!(text, ", \"{}\"", section.title);
    }
    let indent = 11;
    let wrapping = textwrap::Options::new(options.prose() - indent).break_words(false);
    for (at, line) in textwrap::wrap(&text, wrapping).iter().enumerate() {
        let label = if at == 0 { "to read:" } else { "" };
        let _ = writeln!(out, "  {DIM}{label:8}{DIM:#} {line}");
    }
    if let Some(server) = options.server {
        let _ = writeln!(out, "{:indent$}{}", "", server.link(page, anchor));
    }
}
