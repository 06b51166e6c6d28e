//! How many schedules or sequences it takes to find the bugs that only one of them shows, and
//! whether the designs pass from every seed.
//!
//! These tests search each answer a hundred times, from other seeds, which takes long, and is of
//! interest only when checks, schedules or sequences changed. Run them with
//! `cargo test -p workbook --test margins -- --ignored`, or those of one exercise with its name after it.

mod staged;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use libtest_mimic::{Arguments, Failed, Trial};
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

fn bugs(workbook: &Workbook, exercise: &Arc<Exercise>) -> Result<(), Failed> {
    let seeded = seeded(exercise);
    let bugs = known::bugs(workbook, exercise)?.into_iter().filter_map(|(name, bug)| {
        let check = bug.caught_by.into_iter().find(|check| seeded.contains(check))?;
        Some((name, (check, bug.text)))
    });
    let bugs: BTreeMap<String, (String, String)> = bugs.collect();
    let mut texts: BTreeMap<String, String> =
        bugs.iter().map(|(name, (_, text))| (name.clone(), text.clone())).collect();
    let solution = workbook.answer(exercise, Owner::Workbook).read()?;
    texts.insert(SOLUTION.to_owned(), solution.ok_or("there is no solution")?);
    let built = staged::build(workbook, exercise, &texts, &names(&texts));
    let searched = searched(binary(&built, SOLUTION), &seeded);
    let mut most: Option<Margin> = None;
    let mut missed = Vec::new();
    for (name, (check, _)) in bugs {
        let mut needed = Vec::new();
        // A sequence that aborts the process leaves no seed.
        let mut crashed = 0;
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
                (Status::Failed, None) => crashed += 1,
                _ => {}
            }
        }
        needed.sort_unstable();
        let of = searched[&check];
        let found = needed.len() as u64 + crashed;
        let Some(&largest) = needed.last().filter(|_| found == SEARCHES) else {
            missed.push(format!("{name}: found by {found} of {SEARCHES} searches ({check})"));
            continue;
        };
        let median = needed[needed.len() / 2];
        println!("{name}: median {median}, at most {largest} of {of} ({check})");
        if most.as_ref().is_none_or(|most| largest * most.of > most.needed * of) {
            most = Some(Margin { bug: name, needed: largest, of });
        }
    }
    if !missed.is_empty() {
        return Err(missed.join("\n").into());
    }
    if let Some(most) = most {
        write(workbook, exercise, &most);
    }
    Ok(())
}

fn designs(workbook: &Workbook, exercise: &Arc<Exercise>) -> Result<(), Failed> {
    let designs = known::designs(exercise)?;
    let built = staged::build(workbook, exercise, &designs, &names(&designs));
    let mut failed = Vec::new();
    for name in designs.keys() {
        for check in seeded(exercise) {
            for (first, outcome) in search(binary(&built, name), &check) {
                if outcome.status != Status::Passed {
                    failed.push(format!("{name}, {check}, from {first}: {outcome:?}"));
                }
            }
        }
        println!("{name}: tried from {SEARCHES} seeds");
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// What is measured of an exercise.
type Measure = fn(&Workbook, &Arc<Exercise>) -> Result<(), Failed>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each search takes all cores.
    arguments.test_threads = Some(1);
    let workbook = Arc::new(Workbook::here().expect("the tests run inside the workbook"));
    let measures: [(&str, Measure); 2] = [("bugs", bugs), ("designs", designs)];
    let trials = workbook.with_optional().flat_map(|exercise| {
        measures.map(|(name, measure)| {
            let (workbook, exercise) = (workbook.clone(), exercise.clone());
            let test = format!("{}::{name}", exercise.folder());
            Trial::test(test, move || measure(&workbook, &exercise)).with_ignored_flag(true)
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
