//! How many schedules it takes to find the wrong answers that only a schedule shows.
//!
//! Not a test of every day: it searches each a hundred times, from other seeds. Run it with
//! `cargo test -p workbook --test margins -- --ignored --nocapture`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{fs, thread};

use explorer::explore::Interleaving;
use harness::record::{SCHEDULES, Search, Status};
use harness::runner;
use workbook::checks::{self, Kind};
use workbook::compile::{self, Built};
use workbook::exercises::{self, EXERCISES};
use workbook::{judge, stage};

/// Searches of a wrong answer, each from a seed of its own.
const SEARCHES: u64 = 100;
/// Further apart than any search goes.
const APART: u64 = 1 << 20;

#[test]
#[ignore = "it takes minutes, and says something only if the checks or the schedules changed"]
fn every_bug_of_a_schedule_is_found_from_every_seed() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    let mut most = Vec::new();
    for exercise in EXERCISES.iter().filter(|exercise| exercise.seeded) {
        let checks = checks::of(exercise, &root).expect("it can be read");
        let explored = |name: &str| {
            checks.iter().any(|check| check.name == name && check.kind == Kind::Explored)
        };
        let folder = root.join("tests/bugs").join(exercise.folder());
        let mut bugs: BTreeMap<String, (PathBuf, String)> = BTreeMap::new();
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            let text = fs::read_to_string(&path).expect("it can be read");
            let line = text.lines().find_map(|line| line.strip_prefix("//! Caught by: `"));
            let check = line.and_then(|line| line.strip_suffix('`')).expect("it says so");
            if explored(check) {
                let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
                bugs.insert(name, (path, check.to_owned()));
            }
        }
        let stage_folder = root.join("target/stage").join(format!("margins-{}", exercise.number));
        let files: Vec<_> =
            bugs.iter().map(|(name, (path, _))| (name.clone(), path.as_path())).collect();
        let staged = stage::stage(&root, &stage_folder, exercise, &files);
        let staged = staged.expect("the stage can be written");
        for (answer, (name, (_, check))) in staged.iter().zip(&bugs) {
            let Ok(Built::Checks(binary)) = compile::checks(answer, |_| ()) else {
                panic!("{name} does not compile")
            };
            let test = &judge::tests(&binary).expect("it can be run")[check];
            let needed = needed(&binary, test);
            let found = needed.len() as u64;
            let (median, maximum) = (needed[needed.len() / 2], needed[needed.len() - 1]);
            println!("{name}: {found} of {SEARCHES}, median {median}, at most {maximum} ({check})");
            assert_eq!(found, SEARCHES, "{name} is not always found by {check}");
            most.push(maximum);
        }
    }
    let most = most.iter().max().expect("there are wrong answers that only a schedule shows");
    println!("at most {most} of {} schedules", SCHEDULES);
}

/// How many schedules each search ran that failed, in order.
fn needed(binary: &std::path::Path, test: &str) -> Vec<u64> {
    let next = AtomicUsize::new(0);
    let needed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Relaxed) as u64
                    && number < SEARCHES
                {
                    let first = number * APART;
                    let report = runner::run_once(binary, test, Search::From(first));
                    let outcome = report.expect("it can be run").outcome;
                    match (outcome.status, outcome.interleaving) {
                        (Status::Failed, Some(Interleaving::Seeded { seed })) => {
                            needed.lock().expect("nothing panics under it").push(seed - first + 1);
                        }
                        // It went on and on under the schedule that the search had come to.
                        (Status::Timeout, _) => {
                            needed.lock().expect("nothing panics under it").push(1);
                        }
                        _ => {}
                    }
                }
            });
        }
    });
    let mut needed = needed.into_inner().expect("nothing panics under it");
    needed.sort_unstable();
    needed
}
