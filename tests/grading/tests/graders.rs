//! The graders are graded: every design passes in full, and every bug fails by the check that it
//! names.
//!
//! Each answer is a test of its own, such as `4-semaphore::bugs::wakes-under-the-lock`. By
//! default, a fixed sample of them runs; `just test-graders` runs them all.

mod staged;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use schedule::{Search, Status, runner};
use workbook::Workbook;
use workbook::exercise::{Check, Exercise};
use workbook::{known, run};

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
    /// The name that it is staged under.
    name: String,
    text: String,
    expected: Expected,
    in_sample: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    let mut trials = Vec::new();
    for exercise in workbook.exercises() {
        match answers(&workbook, exercise) {
            Ok(answers) => trials.extend(trials_of(&workbook, exercise, answers, &arguments)),
            // Such as a patch that no longer applies: it fails by its name.
            Err(fault) => trials.push(Trial::test(exercise.folder(), move || Err(fault.into()))),
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn answers(workbook: &Workbook, exercise: &Exercise) -> Result<Vec<Answer>, workbook::Fault> {
    let folder = exercise.folder();
    let answer = |test: String, text: String, expected: Expected, in_sample: bool| {
        let name = test.replace("::", "-");
        Answer { test: format!("{folder}::{test}"), name, text, expected, in_sample }
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

/// A test for each answer. Those that will run are built.
fn trials_of(
    workbook: &Workbook,
    exercise: &Arc<Exercise>,
    answers: Vec<Answer>,
    arguments: &Arguments,
) -> Vec<Trial> {
    let runs = |answer: &&Answer| !arguments.list && is_wanted(answer, arguments);
    let wanted: Vec<String> =
        answers.iter().filter(runs).map(|answer| answer.name.clone()).collect();
    let texts = answers.iter().map(|answer| (answer.name.clone(), answer.text.clone()));
    let built = staged::build(workbook, exercise, &texts.collect(), &wanted);
    let trial = |answer: Answer| {
        let exercise = exercise.clone();
        let built = built.get(&answer.name).cloned();
        let run = move || match built {
            Some(Ok(binary)) => judge(&exercise, &binary, &answer.expected),
            Some(Err(errors)) => Err(errors.into()),
            None => Err("cargo did not build it".into()),
        };
        Trial::test(answer.test, run).with_ignored_flag(!answer.in_sample)
    };
    answers.into_iter().map(trial).collect()
}

/// Whether libtest's arguments ask for it.
fn is_wanted(answer: &Answer, arguments: &Arguments) -> bool {
    let matches = |pattern: &String| match arguments.exact {
        true => answer.test == *pattern,
        false => answer.test.contains(pattern),
    };
    let by_flag = match (arguments.include_ignored, arguments.ignored) {
        (true, _) => true,
        (false, ignored) => answer.in_sample != ignored,
    };
    by_flag && arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

fn judge(exercise: &Exercise, binary: &Path, expected: &Expected) -> Result<(), Failed> {
    let tests = run::tests(binary)?;
    let checks: Vec<&Check> = match expected {
        Expected::IsCaughtBy(names) => {
            names.iter().map(|name| exercise.check(name)).collect::<Result<_, _>>()?
        }
        Expected::Passes | Expected::IsNotWritten => exercise.checks.iter().collect(),
    };
    let mut wrong = Vec::new();
    for check in checks {
        let test = tests.get(&check.name).ok_or_else(|| format!("no test for {}", check.name))?;
        let outcome = runner::run_once(&binary, test, Search::All)?.outcome;
        let message = outcome.message.unwrap_or_default();
        let failed = matches!(outcome.status, Status::Failed | Status::Timeout);
        let as_expected = match expected {
            Expected::Passes => outcome.status == Status::Passed,
            Expected::IsNotWritten => failed && message.starts_with("not written yet"),
            Expected::IsCaughtBy(_) => failed,
        };
        if !as_expected {
            wrong.push(format!("{}: {:?} {message}", check.name, outcome.status));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
