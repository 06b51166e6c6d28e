//! The graders are graded: stubs fail, solutions and other right designs pass, and every
//! wrong answer fails by the check that is named for its mistake.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use workbook::exercises::{self, Answer, EXERCISES, Exercise};
use workbook::verdict::{CheckStatus, Status, Verdict};
use workbook::{checks, judge, stage};

fn root() -> PathBuf {
    exercises::root().expect("the tests run inside of the workbook")
}

fn judge(answer: &Answer) -> Verdict {
    judge::judge(&root(), answer, &[]).expect("the workbook is as it should be")
}

/// The answers of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path))
        .collect()
}

/// Verdicts on staged answers, by name.
type Verdicts = BTreeMap<String, Verdict>;

fn judge_all(
    exercise: &'static Exercise,
    files: &BTreeMap<String, PathBuf>,
    stage: &str,
) -> Verdicts {
    let folder = root().join("target/stage").join(format!("{stage}-{}", exercise.number));
    let answers: Vec<_> = files.iter().map(|(name, path)| (name.clone(), path.as_path())).collect();
    let staged =
        stage::stage(&root(), &folder, exercise, &answers).expect("the stage can be written");
    // All at once, on all processors; what does not compile is seen one by one below.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(&folder)
        .args(["build", "--quiet", "--workspace", "--test", "checks", "--keep-going"])
        .output();
    built.expect("cargo can be run");
    let names = files.keys().cloned();
    names.zip(staged.iter().map(judge)).collect()
}

/// Wrong answers are judged once, for all tests that look at the verdicts.
fn bugs(exercise: &'static Exercise) -> Arc<Verdicts> {
    static VERDICTS: Mutex<BTreeMap<u32, Arc<OnceLock<Arc<Verdicts>>>>> =
        Mutex::new(BTreeMap::new());
    let of_this_exercise = {
        let mut verdicts = VERDICTS.lock().expect("nothing panics under it");
        verdicts.entry(exercise.number).or_default().clone()
    };
    of_this_exercise
        .get_or_init(|| {
            let files = files(&exercise.tests(&root()).join("bugs"));
            Arc::new(judge_all(exercise, &files, "bugs"))
        })
        .clone()
}

/// The check that a wrong answer says will catch it.
fn caught_by(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("it can be read");
    let line = text.lines().find_map(|line| line.strip_prefix("//! Caught by: `"));
    let name = line.and_then(|line| line.strip_suffix('`'));
    name.unwrap_or_else(|| panic!("{} does not say what catches it", path.display())).to_owned()
}

fn solution_passes_in_full(exercise: &'static Exercise) {
    let answer = exercises::find(&root(), &format!("solution-{}", exercise.number));
    let verdict = judge(&answer.expect("every exercise has a solution"));
    assert_eq!(verdict.status, Status::Passed, "{verdict:#?}");
    assert_eq!((verdict.points, verdict.max_points), (100, 100));
}

fn stub_fails_every_check(exercise: &'static Exercise) {
    // In the exercise's own folder there may be a learner's answer.
    let files = BTreeMap::from([("stub".to_owned(), exercise.stub(&root()))]);
    let verdict = &judge_all(exercise, &files, "stubs")["stub"];
    assert_eq!((verdict.status, verdict.points), (Status::Failed, 0));
    for check in &verdict.checks {
        assert_eq!(check.status, CheckStatus::Failed, "{}", check.name);
        let message = check.message.as_deref().unwrap_or_default();
        assert!(message.starts_with("not written yet"), "{}: {message}", check.name);
    }
}

fn every_design_passes(exercise: &'static Exercise) {
    let files = files(&exercise.tests(&root()).join("designs"));
    for (name, verdict) in judge_all(exercise, &files, "designs") {
        println!("{name}: {:?}", verdict.status);
        let failed = verdict.checks.iter().filter(|check| check.status != CheckStatus::Passed);
        let failed: Vec<_> = failed.map(|check| (&check.name, &check.message)).collect();
        assert!(failed.is_empty(), "{name}: {failed:#?}");
        assert_eq!(verdict.status, Status::Passed, "{name}: {:?}", verdict.message);
    }
}

fn every_bug_is_caught_by_the_check_that_it_names(exercise: &'static Exercise) {
    let files = files(&exercise.tests(&root()).join("bugs"));
    let mut missed = Vec::new();
    for (name, verdict) in bugs(exercise).iter() {
        let expected = caught_by(&files[name]);
        let failed: Vec<&str> = verdict
            .checks
            .iter()
            .filter(|check| matches!(check.status, CheckStatus::Failed | CheckStatus::Timeout))
            .map(|check| check.name.as_str())
            .collect();
        println!("{name}: {}", failed.join(", "));
        if verdict.status != Status::Failed || !failed.contains(&expected.as_str()) {
            missed.push(format!(
                "{name} is not caught by {expected}, but by {failed:?}: {:?} {:?}",
                verdict.status, verdict.message
            ));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

fn every_check_catches_something(exercise: &'static Exercise) {
    let mut idle = Vec::new();
    for check in checks::of(exercise, &root()).expect("it can be read") {
        let fails = |verdict: &Verdict| {
            let judged = verdict.checks.iter().find(|judged| judged.name == check.name);
            judged.is_some_and(|judged| {
                matches!(judged.status, CheckStatus::Failed | CheckStatus::Timeout)
            })
        };
        if !bugs(exercise).values().any(fails) {
            idle.push(check.name);
        }
    }
    assert!(idle.is_empty(), "no wrong answer fails these: what are they for? {idle:?}");
}

/// The same tests for each exercise, so that one can be asked for: `cargo test --test zoo
/// exercise_2`.
macro_rules! zoo {
    ($($exercise:ident: $number:literal)*) => {
        $(mod $exercise {
            fn exercise() -> &'static super::Exercise {
                let exercise = super::EXERCISES.iter().find(|exercise| exercise.number == $number);
                exercise.expect("the exercise is there")
            }

            #[test]
            fn the_solution_passes_in_full() {
                super::solution_passes_in_full(exercise());
            }

            #[test]
            fn the_stub_fails_every_check() {
                super::stub_fails_every_check(exercise());
            }

            #[test]
            fn every_design_passes() {
                super::every_design_passes(exercise());
            }

            #[test]
            fn every_bug_is_caught_by_the_check_that_it_names() {
                super::every_bug_is_caught_by_the_check_that_it_names(exercise());
            }

            #[test]
            fn every_check_catches_something() {
                super::every_check_catches_something(exercise());
            }
        })*

        #[test]
        fn every_exercise_is_in_the_zoo() {
            let numbers: Vec<u32> = EXERCISES.iter().map(|exercise| exercise.number).collect();
            assert_eq!(numbers, [$($number),*]);
        }
    };
}

zoo! {
    exercise_1: 1
    exercise_2: 2
    exercise_3: 3
    exercise_4: 4
}
