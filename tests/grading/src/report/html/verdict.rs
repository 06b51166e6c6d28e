//! The verdict on an answer, as its learner sees it.

use maud::{Markup, html};
use workbook::hints;
use workbook::verdict::{CheckResult, CheckStatus, Status, Verdict, is_general};

use super::people::People;
use super::{count, guide, schedule, status};
use crate::gradebook::Exercise;

/// What the checks say, or why none was run.
pub(super) fn verdict(people: &People, exercise: &Exercise, verdict: &Verdict) -> Markup {
    if let Some(message) = &verdict.message {
        return match verdict.status {
            Status::DoesNotCompile => compiler(people, message),
            _ => html! { p { (people.prose(message)) } },
        };
    }
    let mut groups = verdict.failures_by_cause();
    let first = verdict.first_to_fix().map(|check| &check.name);
    // The failure to fix first is before the others, which stay in their order.
    groups.sort_by_key(|group| !group.iter().any(|check| Some(&check.name) == first));
    let passed = verdict.count(CheckStatus::Passed);
    let skipped = verdict.skipped();
    html! {
        @if passed > 0 {
            p.passed { "✓ " (count(passed, "check")) @if passed == 1 { " passes" } @else { " pass" } }
        }
        @for (at, group) in groups.iter().enumerate() { (failures(people, exercise, group, at == 0)) }
        @if skipped > 0 {
            p.quiet {
                "· " (count(skipped, "check")) @if skipped == 1 { " was" } @else { " were" }
                " not run, since too many before hang."
            }
        }
        @if !verdict.warnings.is_empty() {
            details {
                summary { (count(verdict.warnings.len(), "warning")) " of rustc" }
                @for warning in &verdict.warnings { (compiler(people, warning)) }
            }
        }
    }
}

/// Checks that do not pass for the same reason.
fn failures(people: &People, exercise: &Exercise, group: &[&CheckResult], open: bool) -> Markup {
    let check = group[0];
    let (sign, class, word) = status::of_check(check.status);
    let title = match check.cause.filter(|&cause| is_general(cause)) {
        Some(cause) => hints::headline(cause),
        None => &check.title,
    };
    let points: u32 = group.iter().map(|check| check.max_points).sum();
    html! {
        details.check open[open] {
            summary {
                span.sign.(class) { (sign) span.unseen-text { " " (word) ": " } } " "
                span {
                    (people.prose(title))
                    @if group.len() > 1 { span.quiet { " in " (group.len()) " checks" } }
                }
                @if points > 0 { span.points.quiet { " 0 of " (points) } }
            }
            @if group.len() > 1 || title != check.title {
                ul { @for check in group { li { (people.prose(&check.title)) } } }
            }
            @if let Some(message) = &check.message { p.message { (people.prose(message)) } }
            (evidence(people, check))
            @if let Some(section) = &check.guide { p.quiet { (guide::link(exercise, section)) } }
        }
    }
}

/// What shows that a check does not pass, besides its message.
pub(super) fn evidence(people: &People, check: &CheckResult) -> Markup {
    html! {
        @if let Some(error) = &check.compiler_error { (compiler(people, error)) }
        @if let Some(schedule) = &check.schedule { (schedule::schedule(people, schedule)) }
        @if let Some(story) = check.story.as_ref().filter(|story| !story.events.is_empty()) {
            (schedule::story(people, story))
        }
        @if !check.printed.is_empty() {
            div.named {
                p.quiet { "The answer printed:" }
                (terminal(people, &check.printed))
            }
        }
    }
}

/// What rustc says, in its own layout.
pub(super) fn compiler(people: &People, text: &str) -> Markup {
    terminal(people, text.trim_end())
}

fn terminal(people: &People, text: &str) -> Markup {
    html! { pre tabindex="0" { (people.text(text)) } }
}
