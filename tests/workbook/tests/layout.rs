//! What has to hold between the folders of an exercise: `exercises/N-name`, `solutions/N-name`
//! and `tests/N-name`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use workbook::answer::Owner;
use workbook::backend::Cargo;
use workbook::compile::{self, Built};
use workbook::exercise::Kind;
use workbook::progress::Progress;
use workbook::{Workbook, guide, known, run};

fn workbook() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of what is in a folder.
fn entries(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

/// The Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in entries(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_exercise_has_its_three_folders() {
    let workbook = workbook();
    let folders: BTreeSet<String> =
        workbook.with_optional().map(|exercise| exercise.folder()).collect();
    let numbers: Vec<u32> = workbook.exercises().iter().map(|exercise| exercise.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
    assert_eq!(entries(&workbook.root().join("solutions")), folders);
    let mut exercises = entries(&workbook.root().join("exercises"));
    assert!(exercises.remove("ollama"), "the given client is missing");
    assert_eq!(exercises, folders);
    let parts = ["bugs", "checks", "designs", "exercise.toml", "mutants.toml", "stub.rs"]
        .map(str::to_owned);
    for exercise in workbook.with_optional() {
        let mut parts = BTreeSet::from(parts.clone());
        if exercise.optional {
            parts.remove("mutants.toml");
        }
        assert_eq!(entries(&exercise.tests), parts, "{}", exercise.folder());
        for owner in [Owner::Learner, Owner::Workbook] {
            let answer = workbook.answer(exercise, owner);
            let manifest = answer.path().with_file_name("../Cargo.toml");
            let name = format!("name = \"{}\"\n", answer.package);
            assert!(read(&manifest).contains(&name), "{}", manifest.display());
        }
    }
}

#[test]
fn every_check_has_an_entry_and_every_entry_a_check() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        let answer = &workbook.answer(exercise, Owner::Workbook);
        let built = compile::checks(answer, &Cargo { answer, progress: &Progress::hidden() });
        let Ok(Built::Checks(checks)) = built else { panic!("{built:?}") };
        let tests: BTreeSet<String> =
            run::tests(&checks.binary).expect("it can be run").keys().cloned().collect();
        let names: BTreeSet<String> =
            exercise.checks.iter().map(|check| check.name.clone()).collect();
        assert_eq!(names, tests);
        assert_eq!(exercise.checks.len(), names.len(), "two entries have the same name");
    }
}

#[test]
fn the_points_of_an_exercise_add_up_to_a_hundred() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        // Whether load on real threads shows a mistake is a matter of luck; points must not be.
        for check in &exercise.checks {
            let without = check.kind == Kind::Race || exercise.optional;
            assert_eq!(check.points == 0, without, "{}", check.name);
        }
        let sum = exercise.checks.iter().map(|check| check.points).sum::<u32>();
        assert_eq!(sum, if exercise.optional { 0 } else { 100 });
    }
}

#[test]
fn every_check_has_two_hints_and_a_place_in_the_guide() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        for check in &exercise.checks {
            let [first, second] = &check.hints;
            assert!(first.len() > 10 && second.len() > 10 && first != second, "{}", check.name);
            let (page, anchor) = check.guide.split_once('#').expect("a page and an anchor");
            let section = exercise.section(page, anchor);
            assert!(section.is_some(), "{}: the guide has no {}", check.name, check.guide);
        }
    }
}

#[test]
fn an_explored_check_draws_the_mistakes_of_checks_that_cannot() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        for check in &exercise.checks {
            assert!(check.draws.is_empty() || check.kind == Kind::Explored, "{}", check.name);
            for name in &check.draws {
                let drawn = exercise.check(name).map(|drawn| drawn.kind);
                assert!(matches!(drawn, Ok(Kind::Behaviour)), "{} draws {name}", check.name);
            }
        }
    }
}

#[test]
fn the_server_of_the_guide_is_known_by_the_title_of_the_book() {
    let book = read(&workbook().root().join("guide/book.toml"));
    assert!(book.contains(&format!("\ntitle = \"{}\"\n", guide::TITLE)), "{book}");
}

#[test]
fn every_check_has_a_bug_and_every_bug_a_check() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        let bugs = known::bugs(&workbook, exercise).expect("they can be read");
        let mut named = BTreeSet::new();
        for (name, bug) in bugs {
            for check in bug.caught_by {
                assert!(
                    exercise.check(&check).is_ok(),
                    "{name} is caught by {check}: no such check"
                );
                named.insert(check);
            }
        }
        // A race check cannot promise to catch anything.
        let checks = exercise.checks.iter().filter(|check| check.kind != Kind::Race);
        let idle = checks.map(|check| &check.name).filter(|name| !named.contains(*name));
        let idle: Vec<&String> = idle.collect();
        assert!(idle.is_empty(), "no bug of {} says it is caught by {idle:?}", exercise.folder());
    }
}

#[test]
fn given_files_are_the_same_beside_stub_and_solution() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        // What is not explored needs no primitives of its own.
        let sync = exercise.search.map(|_| "src/sync.rs");
        for file in ["src/lib.rs", "tests/checks.rs"].into_iter().chain(sync) {
            let [one, other] = ["exercises", "solutions"].map(|of| {
                let path = workbook.root().join(of).join(exercise.folder()).join(file);
                (read(&path), path)
            });
            assert!(one.0 == other.0, "{:?} and {:?} differ", one.1, other.1);
        }
    }
}

#[test]
#[ignore = "holds for what is committed, and not for a learner's own answers"]
fn the_exercises_are_the_stubs() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        let answer = workbook.answer(exercise, Owner::Learner);
        let same = read(&exercise.stub()) == read(&answer.path());
        assert!(same, "{} is not its stub", answer.file.display());
    }
}

#[test]
fn no_check_waits_for_real_time_or_looks_at_it() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        for path in sources(&exercise.tests.join("checks")) {
            let text = read(&path);
            let mut forbidden = vec![
                "thread::sleep",
                "park_timeout",
                "recv_timeout",
                "wait_timeout",
                "std::time::Instant",
                "SystemTime",
                "UNIX_EPOCH",
            ];
            if text.contains("check_io") {
                // Checks with sockets run on the real clock, and so does tokio's time in them.
                forbidden.extend(["tokio::time", "Instant"]);
            }
            for word in forbidden {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
            // `Duration` is all that a check may use of std's time.
            for line in text.lines().filter(|line| line.starts_with("use std::time::")) {
                assert_eq!(line, "use std::time::Duration;", "{}", path.display());
            }
        }
    }
}

#[test]
fn the_crates_that_an_answer_may_use_are_dependencies_of_its_package() {
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        for owner in [Owner::Learner, Owner::Workbook] {
            let manifest = workbook.answer(exercise, owner).path().with_file_name("../Cargo.toml");
            let manifest: toml::Table = toml::from_str(&read(&manifest)).expect("it is a manifest");
            let dependencies = manifest["dependencies"].as_table().expect("there are some");
            for name in &exercise.crates {
                let package = name.replace('_', "-");
                assert!(dependencies.contains_key(&package), "{}: {name}", exercise.folder());
            }
        }
    }
}
