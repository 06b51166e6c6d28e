//! The graders are graded: every design passes in full, and every bug fails by the check that it
//! names.
//!
//! Each answer is a test of its own, such as `4-semaphore::bugs::wakes-under-the-lock`. By
//! default, a fixed sample of them runs; `just test-graders` runs them all. An answer that was
//! judged before is not judged again, as long as all that decides its verdict is the same.

mod judging;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use workbook::exercise::{Check, Exercise};
use workbook::verdict::{CheckStatus, Verdict};
use workbook::{Workbook, known};

use judging::Judging;

/// How many bugs of an exercise are in the sample.
const SAMPLE: usize = 6;

/// What has to become of an answer.
enum Expected {
    /// Every check passes.
    Passes,
    /// Every check fails, and says that the code is not written yet.
    IsNotWritten,
    /// These checks fail.
    IsCaughtBy(Vec<String>),
}

struct Answer {
    /// Its path among the tests.
    test: String,
    text: String,
    expected: Expected,
    in_sample: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let workbook = judging::workbook();
    let judging = Arc::new(Judging::new(workbook));
    let mut trials = Vec::new();
    for exercise in workbook.with_optional() {
        match answers(workbook, exercise) {
            Ok(answers) => {
                trials.extend(answers.into_iter().map(|answer| trial(&judging, exercise, answer)));
            }
            // Such as a patch that no longer applies: it fails by its name.
            Err(fault) => trials.push(Trial::test(exercise.folder(), move || Err(fault.into()))),
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn answers(workbook: &Workbook, exercise: &Exercise) -> Result<Vec<Answer>, workbook::Fault> {
    let folder = exercise.folder();
    let answer = |test: String, text: String, expected: Expected, in_sample: bool| Answer {
        test: format!("{folder}::{test}"),
        text,
        expected,
        in_sample,
    };
    let stub = std::fs::read_to_string(exercise.stub()).map_err(workbook::Fault::of("the stub"))?;
    let mut answers = vec![answer("stub".to_owned(), stub, Expected::IsNotWritten, true)];
    for (name, text) in known::designs(exercise)? {
        answers.push(answer(format!("designs::{name}"), text, Expected::Passes, false));
    }
    let bugs = known::bugs(workbook, exercise)?;
    let step = bugs.len().div_ceil(SAMPLE).max(1);
    for (at, (name, bug)) in bugs.into_iter().enumerate() {
        let expected = Expected::IsCaughtBy(bug.caught_by);
        answers.push(answer(format!("bugs::{name}"), bug.text, expected, at % step == 0));
    }
    Ok(answers)
}

fn trial(judging: &Arc<Judging>, exercise: &Arc<Exercise>, answer: Answer) -> Trial {
    let (judging, exercise) = (Arc::clone(judging), Arc::clone(exercise));
    let Answer { test, text, expected, in_sample } = answer;
    let run = move || judge(&judging, &exercise, &text, &expected);
    Trial::test(test, run).with_ignored_flag(!in_sample)
}

fn judge(
    judging: &Judging,
    exercise: &Arc<Exercise>,
    text: &str,
    expected: &Expected,
) -> Result<(), Failed> {
    let checks: Vec<&Check> = match expected {
        Expected::IsCaughtBy(names) => {
            names.iter().map(|name| exercise.check(name)).collect::<Result<_, _>>()?
        }
        Expected::Passes | Expected::IsNotWritten => exercise.checks.iter().collect(),
    };
    wrong(&judging.judge(exercise, text, &checks), &checks, expected)
}

/// What is not as it has to be.
fn wrong(verdict: &Verdict, checks: &[&Check], expected: &Expected) -> Result<(), Failed> {
    if let Some(message) = &verdict.message {
        return Err(message.into());
    }
    let mut wrong = Vec::new();
    for result in &verdict.checks {
        if !checks.iter().any(|check| check.name == result.name) {
            continue;
        }
        let message = result.message.as_deref().unwrap_or_default();
        let as_expected = match expected {
            Expected::Passes => result.status == CheckStatus::Passed,
            Expected::IsNotWritten => result.fails() && message.starts_with("not written yet"),
            Expected::IsCaughtBy(_) => result.fails(),
        };
        if !as_expected {
            wrong.push(format!("{}: {:?} {message}", result.name, result.status));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
