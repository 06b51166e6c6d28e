//! JUnit XML, which servers for continuous integration show: a file for each learner, and a suite
//! for each exercise.
//!
//! A check that fails is a failure. One that is inconclusive or was not run is skipped. If the
//! answer does not compile, a test case `compiles` fails; if the grader failed, a test case
//! `grader` has an error; in both cases all checks are skipped.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use workbook::Fault;
use workbook::exercise::Check;
use workbook::verdict::{CheckResult, CheckStatus};

use super::sheet::{Judged, Sheet};
use super::text;
use crate::gradebook::Status;

/// The file for one learner.
///
/// # Errors
///
/// None that is known of: it is written to memory.
pub fn write(sheet: &Sheet<'_>) -> Result<Vec<u8>, Fault> {
    let id = text::line(&sheet.learner.id);
    let mut report = Report::new(&*id);
    for judged in &sheet.answers {
        report.add_test_suite(suite(&id, judged));
    }
    let mut xml = Vec::new();
    report.serialize(&mut xml).map_err(Fault::of("JUnit's report"))?;
    Ok(xml)
}

fn suite(id: &str, judged: &Judged<'_>) -> TestSuite {
    let exercise = &judged.exercise.exercise;
    let mut suite = TestSuite::new(format!("{id}: {exercise}"));
    if let Some(verdict) = &judged.verdict {
        let took = u64::try_from(verdict.duration_ms).unwrap_or(u64::MAX);
        suite.set_time(Duration::from_millis(took));
    }
    let mut add = |name: &str, status| {
        let mut case = TestCase::new(name, status);
        case.set_classname(exercise.as_str());
        suite.add_test_case(case);
    };
    if let Some(rejection) = judged.rejection() {
        let outcome = judged.outcome();
        add("compiles", non_success(NonSuccessKind::Failure, "rustc", &outcome, &rejection));
    }
    if judged.grade.status == Status::GraderError {
        let message = judged.verdict.as_ref().and_then(|verdict| verdict.message.as_deref());
        let message = text::plain(message.unwrap_or("The grader failed."));
        add("grader", non_success(NonSuccessKind::Error, "grader_error", &message, ""));
    }
    for (check, result) in judged.checks() {
        add(&check.name, status(judged, check, result));
    }
    suite
}

fn status(judged: &Judged<'_>, check: &Check, result: Option<&CheckResult>) -> TestCaseStatus {
    let Some(result) = result else { return skipped(judged.grade.status.in_words()) };
    let message = text::plain(result.message.as_deref().unwrap_or_default());
    match result.status {
        CheckStatus::Passed => TestCaseStatus::success(),
        CheckStatus::Failed | CheckStatus::Timeout => {
            let kind = if result.status == CheckStatus::Timeout { "timeout" } else { "failed" };
            let message = format!("{}: {message}", check.title);
            non_success(NonSuccessKind::Failure, kind, &message, &text::explanation(result))
        }
        CheckStatus::Inconclusive => skipped(&format!("inconclusive: {message}")),
        CheckStatus::NotRun if message.is_empty() => skipped(judged.grade.status.in_words()),
        CheckStatus::NotRun => skipped(&message),
    }
}

fn non_success(kind: NonSuccessKind, of: &str, message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(of).set_message(message);
    if !description.is_empty() {
        status.set_description(description);
    }
    status
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}
