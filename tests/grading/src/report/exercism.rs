//! The `results.json` of Exercism's test runners, version 3, by [their interface][interface].
//!
//! Tests have no `task_id`: it counts the tasks in an exercise's instructions, and these exercises
//! have one each.
//!
//! [interface]: https://exercism.org/docs/building/tooling/test-runners/interface

use serde::Serialize;
use workbook::Fault;
use workbook::exercise::Check;
use workbook::verdict::{CheckResult, CheckStatus};

use super::sheet::Judged;
use super::text;
use crate::gradebook::Status;

/// What the interface allows of an answer's output.
const MAX_OUTPUT: usize = 500;
/// In the words of the interface.
const TRUNCATED: &str = "\nOutput was truncated. Please limit to 500 chars";
/// What the interface allows is in bytes, if a text is more than ASCII.
const MAX_MESSAGE: usize = 65_535 / 4;

#[derive(Serialize)]
struct Results {
    version: u32,
    status: &'static str,
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<Vec<Test>>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    message: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    output: String,
    /// The command that runs this test alone.
    test_code: String,
}

/// The file for one learner's answer to one exercise.
///
/// # Errors
///
/// None that is known of: it is written to memory.
pub fn write(judged: &Judged<'_>) -> Result<Vec<u8>, Fault> {
    let status = match judged.grade.status {
        Status::Passed => "pass",
        // There is no word for a search that reached a limit: the tests say it.
        Status::Failed | Status::Inconclusive => "fail",
        Status::DoesNotCompile
        | Status::NotStarted
        | Status::Missing
        | Status::Unreadable
        | Status::Refused
        | Status::GraderError => "error",
    };
    let no_test_ran = status == "error";
    let tests = judged.checks().map(|(check, result)| test(judged, check, result));
    let results = Results {
        version: 3,
        status,
        message: no_test_ran.then(|| {
            let message = judged.rejection().unwrap_or_else(|| judged.outcome());
            text::limited(&message, MAX_MESSAGE, "\n[...]")
        }),
        tests: (!no_test_ran).then(|| tests.collect()),
    };
    serde_json::to_vec_pretty(&results).map_err(Fault::of("Exercism's results"))
}

fn test(judged: &Judged<'_>, check: &Check, result: Option<&CheckResult>) -> Test {
    let (status, otherwise) = match result.map(|result| result.status) {
        Some(CheckStatus::Passed) => ("pass", None),
        Some(CheckStatus::Failed | CheckStatus::Timeout) => ("fail", Some("It fails.")),
        Some(CheckStatus::Inconclusive) => ("error", Some("It is inconclusive.")),
        Some(CheckStatus::NotRun) | None => ("error", Some("It was not run.")),
    };
    let explained = result.map(text::explanation).filter(|text| !text.is_empty());
    let message = otherwise.map(|otherwise| explained.unwrap_or_else(|| otherwise.to_owned()));
    let printed = result.map_or(String::new(), |result| text::plain(&result.printed));
    Test {
        name: check.title.clone(),
        status,
        message,
        output: text::limited(&printed, MAX_OUTPUT, TRUNCATED),
        test_code: format!("just check {} {}", judged.exercise.exercise, check.name),
    }
}
