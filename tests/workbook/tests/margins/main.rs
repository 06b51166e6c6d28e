//! How many schedules or sequences it takes to find the bugs that only one of them shows, and
//! whether the designs pass from every seed.
//!
//! These tests search each answer a hundred times, from other seeds. Run them with
//! `cargo test -p workbook --test margins -- --ignored --nocapture`.

mod staged;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use schedule::{Interleaving, Outcome, Search, Status, runner};
use serde::Serialize;
use workbook::answer::Owner;
use workbook::exercise::Exercise;
use workbook::{Workbook, known, run};

use crate::staged::Built;

/// Searches of an answer, each from a seed of its own.
const SEARCHES: u64 = 100;
/// Further apart than any search goes.
const APART: u64 = 1 << 20;

/// What the solution is named beside the bugs.
const SOLUTION: &str = "solution";

/// The bug of an exercise that needs the largest share of its check's schedules or sequences.
#[derive(Serialize)]
struct Margin {
    bug: String,
    needed: u64,
    of: u64,
}

fn workbook() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

/// The names of the checks of an exercise that depend on seeds.
fn seeded(exercise: &Exercise) -> Vec<String> {
    let checks = exercise.checks.iter().filter(|check| exercise.has_seeds(check));
    checks.map(|check| check.name.clone()).collect()
}

fn names(texts: &BTreeMap<String, String>) -> Vec<String> {
    texts.keys().cloned().collect()
}

fn binary<'a>(built: &'a BTreeMap<String, Built>, name: &str) -> &'a Path {
    built[name].as_ref().unwrap_or_else(|errors| panic!("{name}: {errors}"))
}

/// What each search of an answer came to, with the seed that it began at.
fn search(binary: &Path, check: &str) -> Vec<(u64, Outcome)> {
    let test = &run::tests(binary).expect("it can be run")[check];
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Relaxed) as u64
                    && number < SEARCHES
                {
                    let first = number * APART;
                    let report = runner::run_once(&binary, test, Search::From(first));
                    let outcome = report.expect("it can be run").outcome;
                    outcomes.lock().expect("nothing panics under it").push((first, outcome));
                }
            });
        }
    });
    outcomes.into_inner().expect("nothing panics under it")
}

/// How many schedules or sequences each check has, by a right answer.
fn searched(solution: &Path, checks: &[String]) -> BTreeMap<String, u64> {
    let tests = run::tests(solution).expect("it can be run");
    let searched = |check: &String| {
        let report = runner::run_once(&solution, &tests[check], Search::All);
        (check.clone(), report.expect("it can be run").outcome.searched)
    };
    checks.iter().map(searched).collect()
}

/// Keeps the largest share for the table in `tests/README.md`, which `just mutants` writes.
fn write(workbook: &Workbook, exercise: &Exercise, most: &Margin) {
    let folder = workbook.target().join("interleave/margins");
    fs::create_dir_all(&folder).expect("it is ours");
    let text = serde_json::to_string(most).expect("plain data");
    let path = folder.join(exercise.folder()).with_extension("json");
    fs::write(path, text).expect("it is ours");
}

#[test]
#[ignore = "takes minutes, and is of interest only when the checks or the schedules changed"]
fn every_bug_of_a_schedule_is_found_from_every_seed() {
    let workbook = workbook();
    for exercise in workbook.exercises() {
        let mut most: Option<Margin> = None;
        let seeded = seeded(exercise);
        let bugs = known::bugs(&workbook, exercise).expect("they can be read");
        let bugs = bugs.into_iter().filter_map(|(name, bug)| {
            let check = bug.caught_by.into_iter().find(|check| seeded.contains(check))?;
            Some((name, (check, bug.text)))
        });
        let bugs: BTreeMap<String, (String, String)> = bugs.collect();
        let mut texts: BTreeMap<String, String> =
            bugs.iter().map(|(name, (_, text))| (name.clone(), text.clone())).collect();
        let solution = workbook.answer(exercise, Owner::Workbook).read().expect("it can be read");
        texts.insert(SOLUTION.to_owned(), solution.expect("it is there"));
        let built = staged::build(&workbook, exercise, &texts, &names(&texts));
        let searched = searched(binary(&built, SOLUTION), &seeded);
        for (name, (check, _)) in bugs {
            let mut needed = Vec::new();
            for (first, outcome) in search(binary(&built, &name), &check) {
                let seed = match (outcome.interleaving, &outcome.story) {
                    (Some(Interleaving::Seeded { seed }), _) => Some(seed),
                    (_, Some(story)) => Some(story.seed),
                    _ => None,
                };
                match (outcome.status, seed) {
                    (Status::Failed, Some(seed)) => needed.push(seed - first + 1),
                    // It does not end, whatever the schedule.
                    (Status::Timeout, _) => needed.push(1),
                    _ => {}
                }
            }
            needed.sort_unstable();
            let found = needed.len() as u64;
            assert_eq!(found, SEARCHES, "{name} is not always found by {check}: {needed:?}");
            let (median, needed) = (needed[needed.len() / 2], needed[needed.len() - 1]);
            let of = searched[&check];
            println!("{name}: median {median}, at most {needed} of {of} ({check})");
            if most.as_ref().is_none_or(|most| needed * most.of > most.needed * of) {
                most = Some(Margin { bug: name, needed, of });
            }
        }
        if let Some(most) = most {
            write(&workbook, exercise, &most);
        }
    }
}

#[test]
#[ignore = "takes minutes, and is of interest only when the checks or the schedules changed"]
fn every_design_passes_from_every_seed() {
    let workbook = workbook();
    for exercise in workbook.exercises() {
        let designs = known::designs(exercise).expect("they can be read");
        let built = staged::build(&workbook, exercise, &designs, &names(&designs));
        for name in designs.keys() {
            for check in seeded(exercise) {
                for (first, outcome) in search(binary(&built, name), &check) {
                    assert_eq!(outcome.status, Status::Passed, "{name}, {check}, from {first}");
                }
            }
            println!("{name}: passes from {SEARCHES} seeds");
        }
    }
}
