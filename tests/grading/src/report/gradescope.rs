//! Gradescope's `results.json`, by the [specification of its autograders][specs].
//!
//! If any exercise has no grade yet, there is no score at all in the file: a sum over the others
//! would be a zero for what is missing.
//!
//! [specs]: https://gradescope-autograders.readthedocs.io/en/latest/specs/

use serde::Serialize;
use workbook::Fault;
use workbook::exercise::Check;
use workbook::verdict::{CheckResult, CheckStatus};

use super::sheet::{Judged, Sheet};
use super::text;

/// Longer outputs lose their middle on the way to Gradescope.
const MAX_OUTPUT: usize = 50_000;

#[derive(Serialize)]
struct Results {
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u32>,
    /// In seconds.
    execution_time: f64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    /// What the autograder prints is for the instructor.
    stdout_visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_score: Option<u32>,
    status: &'static str,
    name: String,
    name_format: &'static str,
    number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    output: String,
    output_format: &'static str,
    tags: Vec<String>,
    visibility: &'static str,
}

/// Not HTML, Markdown or colours, whatever an answer prints.
const FORMAT: &str = "text";
const VISIBLE: &str = "visible";

/// The file for one learner.
///
/// # Errors
///
/// None that is known of: it is written to memory.
pub fn write(sheet: &Sheet<'_>) -> Result<Vec<u8>, Fault> {
    let score = sheet.total();
    let took = sheet.answers.iter().filter_map(|judged| judged.verdict.as_ref());
    let took: u128 = took.map(|verdict| verdict.duration_ms).sum();
    let tests = sheet.answers.iter().flat_map(|judged| {
        let checks = judged.checks().enumerate();
        checks
            .map(move |(at, (check, result))| test(judged, at + 1, check, result, score.is_some()))
    });
    let results = Results {
        score,
        execution_time: took as f64 / 1000.0,
        output: output(sheet),
        output_format: FORMAT,
        test_output_format: FORMAT,
        test_name_format: FORMAT,
        visibility: VISIBLE,
        stdout_visibility: "hidden",
        tests: tests.collect(),
    };
    serde_json::to_vec_pretty(&results).map_err(Fault::of("Gradescope's results"))
}

fn test(
    judged: &Judged<'_>,
    number: usize,
    check: &Check,
    result: Option<&CheckResult>,
    scored: bool,
) -> Test {
    let status = result.map_or(CheckStatus::NotRun, |result| result.status);
    let passed = status == CheckStatus::Passed;
    let state = match status {
        CheckStatus::Inconclusive => " (inconclusive)",
        CheckStatus::NotRun => " (not run)",
        _ => "",
    };
    let output = match result.filter(|_| !passed) {
        Some(result) => text::explanation(result),
        None => String::new(),
    };
    // A check without points only says whether it passes.
    let scored = scored && check.points > 0;
    let exercise = &judged.exercise.exercise;
    let exercise_number = exercise.rsplit('-').next().unwrap_or(exercise);
    Test {
        score: scored.then_some(if passed { check.points } else { 0 }),
        max_score: scored.then_some(check.points),
        status: if passed { "passed" } else { "failed" },
        name: format!("{}{state}", check.title),
        name_format: FORMAT,
        number: format!("{exercise_number}.{number}"),
        output: text::limited(&output, MAX_OUTPUT, "\n[...]"),
        output_format: FORMAT,
        tags: vec![exercise.clone(), kind(check)],
        visibility: VISIBLE,
    }
}

/// The word for a check's kind.
fn kind(check: &Check) -> String {
    let word = serde_json::to_value(check.kind).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What is said about each exercise, in a paragraph.
fn output(sheet: &Sheet<'_>) -> String {
    let mut paragraphs = Vec::new();
    if sheet.total().is_none() {
        let pending = "There is no score yet, since not every exercise has a grade.";
        paragraphs.push(pending.to_owned());
    }
    for judged in &sheet.answers {
        let mut lines = vec![format!(
            "{}: {}. {}",
            judged.exercise.exercise,
            judged.points(),
            judged.outcome()
        )];
        lines.extend(sheet.lateness(judged));
        lines.extend(judged.review());
        lines.extend(judged.rejection());
        paragraphs.push(lines.join("\n"));
    }
    text::limited(&paragraphs.join("\n\n"), MAX_OUTPUT, "\n[...]")
}
