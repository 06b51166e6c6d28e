use std::fs;

use workbook::verdict::Status;

use crate::sandbox::Sandbox;

#[test]
fn hints_of_the_first_check_that_fails_open_one_by_one() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &["three_tasks_take_turns", "no_wakeup_is_lost"]);
    let outputs = [1, 2, 3].map(|_| workbook.run(&["hint", "exercise-4"]));
    assert!(outputs.iter().all(|output| output.code == Some(0) && output.stderr.is_empty()));
    assert_eq!(outputs[1].stdout, outputs[2].stdout);
    insta::assert_snapshot!(format!("{}\n{}", outputs[0].stdout, outputs[1].stdout));

    // The next check begins with its first, and this one goes on where it was.
    workbook.judged("// better", &["three_tasks_take_turns"]);
    let other = workbook.run(&["hint", "exercise-4"]).stdout;
    assert!(other.starts_with("three tasks take turns\n  1  ") && !other.contains("\n  2  "));
    workbook.judged("// worse", &["no_wakeup_is_lost"]);
    assert_eq!(workbook.run(&["hint", "exercise-4"]).stdout, outputs[1].stdout);
}

#[test]
fn a_stub_needs_no_verdict() {
    let workbook = Sandbox::new();
    let output = workbook.run(&["hint", "4"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert!(output.stdout.starts_with(&workbook.checks()[0].title), "{}", output.stdout);
}

#[test]
fn an_answer_that_has_changed_is_checked_first() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &["no_wakeup_is_lost"]);
    workbook.write("// changed");
    let output = workbook.run(&["hint", "4"]);
    assert_eq!(output.code, Some(2));
    let words = "exercise-4 has changed since it was checked: checking it first\ncargo cannot";
    assert!(output.stderr.starts_with(words), "{}", output.stderr);
}

#[test]
fn there_is_no_hint_where_no_check_fails() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &[]);
    let output = workbook.run(&["hint", "4"]);
    let words = "all checks of exercise-4 pass: there is nothing to hint at\n";
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), words));

    workbook.not_judged("// mine", Status::DoesNotCompile, "error: no\n");
    let output = workbook.run(&["hint", "4"]);
    let words = "error: no\n\nthe compiler first: hints are for what fails after it\n";
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), words));
}

#[test]
fn a_broken_memory_of_hints_begins_anew() {
    let workbook = Sandbox::new();
    let first = workbook.run(&["hint", "4"]).stdout;
    let file = workbook.root().join("target/interleave/exercise-4/hints.json");
    let name = &workbook.checks()[0].name;
    for broken in ["[1]".to_owned(), format!("{{\"{name}\":-1}}")] {
        fs::write(&file, broken).expect("it can be written");
        assert_eq!(workbook.run(&["hint", "4"]).stdout, first);
    }
    fs::write(&file, format!("{{\"{name}\":{}}}", usize::MAX)).expect("it can be written");
    assert_eq!(workbook.run(&["hint", "4"]).code, Some(0));
}
