//! Shows a known wrong answer as a change of a right one, and judges it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use super::NOT_PASSED;
use crate::exercise::Exercise;
use crate::known::Bug;
use crate::terminal::{self, BAD, BOLD, DIM, GOOD};
use crate::verdict::Verdict;
use crate::{Fault, Workbook, interrupt, judge, known, print, stage};

/// Shows and judges the bug that a name means, such as `4/wakes-under-the-lock`; or lists the
/// bugs of an exercise, if only that is named.
///
/// The exit code says whether the checks that have to catch it do.
///
/// # Errors
///
/// If there is no such exercise or bug, or the bug cannot be judged.
pub fn run(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let (exercise, bug) = name.trim().split_once('/').unwrap_or((name, ""));
    let exercise = workbook.find(exercise)?.exercise;
    let bugs = known::bugs(workbook, &exercise)?;
    if bug.is_empty() {
        terminal::print(&list(&exercise, &bugs))?;
        return Ok(ExitCode::SUCCESS);
    }
    let bug_name = bug.trim_end_matches(".patch");
    let bug = bugs.get(bug_name).ok_or_else(|| {
        let label = exercise.label();
        Fault(format!("exercise {label} has no bug `{bug_name}`; to list them: just bug {label}"))
    })?;
    terminal::print(&shown(bug))?;

    interrupt::ends_this_process()?;
    let folder = workbook.target().join("stage/bug");
    let answers = BTreeMap::from([(bug_name.to_owned(), bug.text.clone())]);
    let mut answer = stage::stage(workbook, &folder, &exercise, &answers)?.remove(0);
    let mut verdict = judge::judge(&answer, &[])?;
    interrupt::heed();
    let options = print::Options { width: terminal::width(), ..Default::default() };
    // As a learner who had written this would see it.
    verdict.exercise = format!("exercise-{}", exercise.label());
    answer.file = format!("tests/{}/bugs/{bug_name}.patch", exercise.folder()).into();
    let shown = print::verdict(&answer, &verdict, options);
    let missing = not_failing(bug, &verdict);
    if missing.is_empty() {
        let by = bug.caught_by.join(", ");
        terminal::print(&format!("{shown}\n{GOOD}caught{GOOD:#} by {by}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let by = missing.join(", ");
    terminal::print(&format!("{shown}\n{BAD}not caught{BAD:#} by {by}\n"))?;
    Ok(ExitCode::from(NOT_PASSED))
}

/// The checks that should have caught it, and did not.
fn not_failing<'a>(bug: &'a Bug, verdict: &Verdict) -> Vec<&'a str> {
    let fails = |name: &str| verdict.failing().any(|check| check.name == name);
    bug.caught_by.iter().map(String::as_str).filter(|name| !fails(name)).collect()
}

fn list(exercise: &Exercise, bugs: &BTreeMap<String, Bug>) -> String {
    let mut out = String::new();
    for (name, bug) in bugs {
        out += &format!("{BOLD}{}/{name}{BOLD:#}\n", exercise.label());
        let paragraph = bug.description.split("\n\n").next().unwrap_or_default();
        let what = paragraph.replace('\n', " ");
        for line in textwrap::wrap(&what, terminal::width() - 4) {
            out += &format!("    {DIM}{line}{DIM:#}\n");
        }
    }
    out
}

fn shown(bug: &Bug) -> String {
    let added = AnsiColor::Green.on_default();
    let removed = AnsiColor::Red.on_default();
    let mut out = format!("{}\n\n", bug.description);
    for line in bug.diff.lines() {
        let style = match line.as_bytes().first() {
            _ if line.starts_with("--- ") || line.starts_with("+++ ") => BOLD,
            Some(b'+') => added,
            Some(b'-') => removed,
            Some(b'@') => DIM,
            _ => Style::new(),
        };
        out += &format!("{style}{line}{style:#}\n");
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_is_listed_with_its_whole_first_paragraph() {
        let bug = Bug {
            description: "It looks, and then\nlooks again.\n\nMore.".to_owned(),
            caught_by: Vec::new(),
            base: "solutions/1-retry/src/retry.rs".into(),
            diff: String::new(),
            text: String::new(),
        };
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        let text = list(&workbook.exercises()[0], &[("twice".to_owned(), bug)].into());
        let text = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(text, "1/twice\n    It looks, and then looks again.\n");
    }
}
