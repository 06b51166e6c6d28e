//! Feedback in Markdown: what a learner reads.
//!
//! Texts that an answer or a submission may have had a hand in are in blocks and spans of code,
//! which are fenced by more backticks than are in the text: so they cannot end there, and are not
//! read as links, images or HTML.

use std::fmt::Write;

use workbook::hints;
use workbook::verdict::{CheckResult, Verdict};

use super::sheet::{Judged, Sheet};
use super::text;
use crate::gradebook::Status;

/// The page for one learner.
pub fn write(sheet: &Sheet<'_>) -> String {
    let learner = sheet.learner;
    let mut out =
        format!("# Feedback for {}\n", span(learner.name.as_ref().unwrap_or(&learner.id)));
    if sheet.answers.len() > 1 {
        out.push('\n');
        for Judged { exercise, .. } in &sheet.answers {
            let _ = write!(out, "| {} ", exercise.exercise);
        }
        let _ = writeln!(out, "| total |\n{}|", "|---".repeat(sheet.answers.len() + 1));
        for judged in &sheet.answers {
            let _ = write!(out, "| {} ", judged.points());
        }
        let most: u32 = sheet.answers.iter().map(|judged| judged.exercise.max_points).sum();
        let _ = match sheet.total() {
            Some(total) => writeln!(out, "| {total} of {most} points |"),
            None => writeln!(out, "| No total yet |"),
        };
    }
    for judged in &sheet.answers {
        exercise(&mut out, sheet, judged);
    }
    out
}

fn exercise(out: &mut String, sheet: &Sheet<'_>, judged: &Judged<'_>) {
    let exercise = judged.exercise;
    let _ = writeln!(out, "\n## {}: {}", exercise.exercise, exercise.title);
    let _ = writeln!(out, "\n**{}.** {}", judged.points(), judged.outcome());
    if let Some(late) = sheet.lateness(judged) {
        let _ = writeln!(out, "\n{late}");
    }
    if judged.grade.status == Status::Unreadable {
        block(out, &judged.grade.notes.join("\n"));
    }
    let review = judged.review();
    if !review.is_empty() {
        out.push_str(
            "\nYour instructor will also read these places of your answer. A program cannot decide \
             about them, and that they are listed says nothing against you:\n",
        );
        block(out, &review.join("\n"));
    }
    if let Some(rejection) = judged.rejection() {
        block(out, &rejection);
    }
    if let Some(verdict) = &judged.verdict {
        failures(out, judged, verdict);
    }
    next(out, judged);
}

/// Every failure in full, the one to fix first at the top. Those that are alike are together.
fn failures(out: &mut String, judged: &Judged<'_>, verdict: &Verdict) {
    let first = verdict.first_to_fix().map(|check| &check.name);
    let mut groups = verdict.failures_by_cause();
    groups.sort_by_key(|group| !group.iter().any(|check| Some(&check.name) == first));
    for (at, group) in groups.iter().enumerate() {
        let check = group[0];
        let lead = match (at, check.fails()) {
            (0, true) if groups.len() > 1 => "Fix this first: ",
            _ => "",
        };
        let _ = writeln!(out, "\n### {lead}{}", heading(check));
        lost(out, group);
        block(out, &text::explanation(check));
        help(out, judged, check);
    }
    let skipped = verdict.skipped();
    if skipped > 0 {
        let plural = if skipped == 1 { "check was" } else { "checks were" };
        let _ = writeln!(out, "\n{skipped} more {plural} not run: the checks before hang.");
    }
}

/// The title of a check that does not pass.
fn heading(check: &CheckResult) -> String {
    let state = if check.fails() { "" } else { " (inconclusive)" };
    format!("{}{state}", check.title)
}

/// How many points the checks of a group count for, and which other checks are in it.
fn lost(out: &mut String, group: &[&CheckResult]) {
    let points: u32 = group.iter().map(|check| check.max_points).sum();
    let worth = match points {
        0 => "no points".to_owned(),
        1 => "1 point".to_owned(),
        _ => format!("{points} points"),
    };
    match group {
        [_] => {
            let _ = writeln!(out, "\nThis check counts {worth}.");
        }
        [_, others @ ..] => {
            let _ = writeln!(
                out,
                "\nThis check and {} more that say the same count {worth}. The others:\n",
                others.len()
            );
            for check in others {
                let _ = writeln!(out, "- {}", check.title);
            }
        }
        [] => {}
    }
}

/// What helps with a failure.
fn help(out: &mut String, judged: &Judged<'_>, result: &CheckResult) {
    out.push('\n');
    if let Some(guide) = &result.guide
        && let Some(heading) = judged.exercise.sections.get(guide)
    {
        let page = guide.split('#').next().unwrap_or(guide);
        let _ = writeln!(out, "- To read: `guide/src/{page}.md`, the section \"{heading}\".");
    }
    let check = judged.exercise.checks.iter().find(|check| check.name == result.name);
    if let Some(check) = check.filter(|_| result.fails())
        && let Some(hint) = hints::of(check, result.cause).first()
    {
        let _ = writeln!(out, "- A hint: {hint}");
    }
    let (exercise, name) = (&judged.exercise.exercise, &result.name);
    let _ = writeln!(out, "- This check alone: `just check {exercise} {name}`");
    if result.fails() {
        let _ = writeln!(out, "- More hints: `just hint {exercise} {name}`");
    }
}

/// What to do next about an exercise.
fn next(out: &mut String, judged: &Judged<'_>) {
    let exercise = &judged.exercise.exercise;
    let skipped = judged.verdict.as_ref().is_some_and(|verdict| verdict.skipped() > 0);
    let next = match judged.grade.status {
        Status::Passed => format!(
            "`just compare {exercise}` shows the solution beside your answer. Which of the two \
             would you rather maintain, and why?"
        ),
        Status::Failed if skipped => format!(
            "Make the code let go of its thread, and run `just check {exercise}`: then the checks \
             that were not run have their turn."
        ),
        Status::Failed => format!(
            "Fix one failure, then run `just check {exercise}`: the others are often gone with it."
        ),
        Status::Inconclusive => format!("Run `just check {exercise}` and read why."),
        Status::DoesNotCompile if !has_error_of_rustc(judged) => format!(
            "Write what is missing as it is in the exercise's stub, and run `just check {exercise}`."
        ),
        Status::DoesNotCompile => format!(
            "Read rustc's first error, fix it, and run `just check {exercise}`. \
             `rustc --explain` with the error's code says more."
        ),
        Status::NotStarted => {
            format!("Begin with `just check {exercise}` and `just hint {exercise}`.")
        }
        Status::Missing => {
            "If you did hand something in, tell your instructor: the file must have \
                            the name that it has in the exercise's folder."
                .to_owned()
        }
        Status::Unreadable => "Hand it in again as a plain text file in UTF-8, with the name that \
                               it has in the exercise's folder."
            .to_owned(),
        Status::Refused => "If you did not need what is listed above, take it out, run \
                            `just check`, and hand it in again. If you did, tell your instructor \
                            why."
            .to_owned(),
        Status::GraderError => "There is nothing for you to do.".to_owned(),
    };
    let _ = writeln!(out, "\n**What to do next.** {next}");
}

/// Whether it is rustc that says why an answer does not compile.
fn has_error_of_rustc(judged: &Judged<'_>) -> bool {
    judged.rejection().is_some_and(|why| why.lines().any(|line| line.starts_with("error")))
}

/// A block of code that its text cannot end.
fn block(out: &mut String, text: &str) {
    let text = text::plain(text);
    if text.trim().is_empty() {
        return;
    }
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let _ = writeln!(out, "\n{fence}text\n{}\n{fence}", text.trim_end());
}

/// A text within a line: as it is, if it has nothing but letters, digits and spaces, or else as
/// code that it cannot end.
fn span(text: &str) -> String {
    let text = text::line(text);
    if text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'')) {
        return text;
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space at both ends is no part of the code, and keeps the fences from growing.
    format!("{fence} {text} {fence}")
}

/// How many backticks there are in a row at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
