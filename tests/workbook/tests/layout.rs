//! What belongs together, is together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use workbook::checks::Kind;
use workbook::compile::{self, Built};
use workbook::exercises::{self, EXERCISES, Whose};
use workbook::{checks, judge};

#[test]
fn every_check_has_an_entry_and_every_entry_a_check() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    for exercise in &EXERCISES {
        let solution = exercises::find(&root, &format!("solution-{}", exercise.number));
        let built = compile::checks(&solution.expect("every exercise has a solution"), |_| ());
        let Ok(Built::Checks(binary)) = built else { panic!("{built:?}") };
        let tests = judge::tests(&binary).expect("it can be run").into_keys().collect();
        let checks = checks::of(exercise, &root).expect("it can be read");
        let entries: BTreeSet<String> = checks.iter().map(|check| check.name.clone()).collect();
        assert_eq!(entries, tests);
        assert_eq!(checks.len(), entries.len(), "two entries have one name");
    }
}

#[test]
fn the_points_of_an_exercise_are_a_hundred() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    for exercise in &EXERCISES {
        let checks = checks::of(exercise, &root).expect("it can be read");
        // On real threads it takes luck to see a mistake, and points are not a matter of luck.
        for check in &checks {
            assert_eq!(check.points == 0, check.kind == Kind::Race, "{}", check.name);
        }
        assert_eq!(checks.iter().map(|check| check.points).sum::<u32>(), 100);
    }
}

#[test]
fn every_check_has_two_hints_and_a_place_in_the_guide() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    for exercise in &EXERCISES {
        for check in checks::of(exercise, &root).expect("it can be read") {
            let [first, second] = &check.hints;
            assert!(first.len() > 10 && second.len() > 10 && first != second, "{}", check.name);
            let (page, anchor) = check.guide.split_once('#').expect("a page and an anchor");
            let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            assert!(plain(page) && plain(anchor) && !anchor.is_empty(), "{}", check.guide);
        }
    }
}

#[test]
fn what_is_given_is_the_same_beside_stub_and_solution() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    for exercise in &EXERCISES {
        let given = |of: &str| -> BTreeMap<String, String> {
            let folder = root.join(of).join(exercise.folder());
            let files = ["src/lib.rs", "src/sync.rs", "tests/checks.rs"];
            let read = |file: &str| fs::read_to_string(folder.join(file)).expect("it is given");
            files.iter().map(|file| ((*file).to_owned(), read(file))).collect()
        };
        assert_eq!(given("exercises"), given("solutions"));
    }
}

#[test]
#[ignore = "true of what is committed here; a learner's own answer is no failure"]
fn the_exercises_are_the_stubs() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    for exercise in &EXERCISES {
        let stub = fs::read_to_string(exercise.stub(&root)).expect("every exercise has a stub");
        let answer = exercise.answer(&root, Whose::Learner);
        let text = answer.read().expect("it can be read");
        assert!(text == Some(stub), "{} is not its stub", answer.file.display());
    }
}

#[test]
fn no_check_waits_for_real_time_or_looks_at_it() {
    let root = exercises::root().expect("the tests run inside of the workbook");
    for exercise in &EXERCISES {
        let folder = exercise.tests(&root).join("checks");
        for entry in fs::read_dir(&folder).expect("it has checks") {
            let path = entry.expect("it can be read").path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("it can be read");
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
                // Its clock is the real one, and what tokio has of it as well.
                forbidden.extend(["tokio::time", "Instant"]);
            }
            for word in forbidden {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
            // Of std's time, how long something is, and not when.
            let of_std = text.lines().filter(|line| line.starts_with("use std::time::"));
            for line in of_std {
                assert_eq!(line, "use std::time::Duration;", "{}", path.display());
            }
        }
    }
}
