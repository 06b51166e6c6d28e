//! How many schedules it takes to find the wrong answers that only a schedule shows, and
//! whether right ones hold from every seed.
//!
//! Not tests of every day: they search each answer a hundred times, from other seeds. Run them
//! with `cargo test -p workbook --test margins -- --ignored --nocapture`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{fs, thread};

use explorer::explore::Interleaving;
use harness::record::{Outcome, Search, Status};
use harness::runner;
use workbook::checks::{self, Kind};
use workbook::compile::{self, Built};
use workbook::exercises::{self, Answer, EXERCISES, Exercise};
use workbook::{judge, stage};

/// Searches of an answer, each from a seed of its own.
const SEARCHES: u64 = 100;
/// Further apart than any search goes.
const APART: u64 = 1 << 20;

fn root() -> PathBuf {
    exercises::root().expect("the tests run inside of the workbook")
}

/// The explored checks of an exercise.
fn explored(exercise: &Exercise) -> Vec<String> {
    let checks = checks::of(exercise, &root()).expect("it can be read").into_iter();
    checks.filter(|check| check.kind == Kind::Explored).map(|check| check.name).collect()
}

/// The answers of a folder of the exercise's, staged, by name, with their text.
fn staged(exercise: &'static Exercise, folder: &str) -> BTreeMap<String, (Answer, String)> {
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(exercise.tests(&root()).join(folder));
    for entry in entries.expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(path.file_stem().expect("a name").to_string_lossy().into_owned(), path);
        }
    }
    let stage_folder = root().join("target/stage").join(format!("{folder}-{}", exercise.number));
    let answers: Vec<_> = files.iter().map(|(name, path)| (name.clone(), path.as_path())).collect();
    let staged = stage::stage(&root(), &stage_folder, exercise, &answers);
    let texts = files.values().map(|path| fs::read_to_string(path).expect("it can be read"));
    let staged = staged.expect("the stage can be written").into_iter().zip(texts);
    files.keys().cloned().zip(staged).collect()
}

/// What each search of an answer came to, with the seed that it began at.
fn search(binary: &Path, check: &str) -> Vec<(u64, Outcome)> {
    let test = &judge::tests(binary).expect("it can be run")[check];
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Relaxed) as u64
                    && number < SEARCHES
                {
                    let first = number * APART;
                    let report = runner::run_once(binary, test, Search::From(first));
                    let outcome = report.expect("it can be run").outcome;
                    outcomes.lock().expect("nothing panics under it").push((first, outcome));
                }
            });
        }
    });
    outcomes.into_inner().expect("nothing panics under it")
}

fn binary(name: &str, answer: &Answer) -> PathBuf {
    match compile::checks(answer, |_| ()) {
        Ok(Built::Checks(binary)) => binary,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
#[ignore = "it takes minutes, and says something only if the checks or the schedules changed"]
fn every_bug_of_a_schedule_is_found_from_every_seed() {
    let mut most = 0;
    for exercise in EXERCISES.iter().filter(|exercise| exercise.seeded) {
        let explored = explored(exercise);
        for (name, (answer, text)) in staged(exercise, "bugs") {
            let line = text.lines().find_map(|line| line.strip_prefix("//! Caught by: `"));
            let check = line.and_then(|line| line.strip_suffix('`')).expect("it says so");
            if !explored.iter().any(|explored| explored == check) {
                continue;
            }
            let mut needed = Vec::new();
            for (first, outcome) in search(&binary(&name, &answer), check) {
                match (outcome.status, outcome.interleaving) {
                    (Status::Failed, Some(Interleaving::Seeded { seed })) => {
                        needed.push(seed - first + 1);
                    }
                    // It goes on and on, whatever the schedule.
                    (Status::Timeout, _) => needed.push(1),
                    _ => {}
                }
            }
            needed.sort_unstable();
            let found = needed.len() as u64;
            assert_eq!(found, SEARCHES, "{name} is not always found by {check}: {needed:?}");
            let (median, maximum) = (needed[needed.len() / 2], needed[needed.len() - 1]);
            println!("{name}: median {median}, at most {maximum} ({check})");
            most = most.max(maximum);
        }
    }
    println!("at most {most} schedules");
}

#[test]
#[ignore = "it takes minutes, and says something only if the checks or the schedules changed"]
fn every_design_passes_from_every_seed() {
    for exercise in EXERCISES.iter().filter(|exercise| exercise.seeded) {
        for (name, (answer, _)) in staged(exercise, "designs") {
            let binary = binary(&name, &answer);
            for check in explored(exercise) {
                for (first, outcome) in search(&binary, &check) {
                    assert_eq!(outcome.status, Status::Passed, "{name}, {check}, from {first}");
                }
            }
            println!("{name}: passes from {SEARCHES} seeds");
        }
    }
}
