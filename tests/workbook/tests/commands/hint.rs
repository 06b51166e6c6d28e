use std::fs;

use schedule::Cause;
use workbook::verdict::Status;

use crate::sandbox::Sandbox;

#[test]
fn the_hints_of_the_first_failure_open_one_by_one() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &["three_tasks_take_turns", "no_wakeup_is_lost"]);
    let outputs = [1, 2, 3].map(|_| workbook.run(&["hint", "exercise-4"]));
    assert!(outputs.iter().all(|output| output.code == Some(0) && output.stderr.is_empty()));
    assert_eq!(outputs[1].stdout, outputs[2].stdout);
    insta::assert_snapshot!(format!("{}\n{}", outputs[0].stdout, outputs[1].stdout));

    // Another check has its own count of open hints, and this one keeps its count.
    workbook.judged("// better", &["three_tasks_take_turns"]);
    let other = workbook.run(&["hint", "exercise-4"]).stdout;
    assert!(other.starts_with("three tasks take turns\n  1  ") && !other.contains("\n  2  "));
    workbook.judged("// worse", &["no_wakeup_is_lost"]);
    assert_eq!(workbook.run(&["hint", "exercise-4"]).stdout, outputs[1].stdout);
}

#[test]
fn a_failure_with_a_general_cause_has_the_hints_of_that_cause() {
    let workbook = Sandbox::new();
    let failing = ["waiters_are_served_in_order", "no_wakeup_is_lost"];
    workbook.judged_because("// mine", &failing, Some(Cause::Stuck));
    let first = workbook.run(&["hint", "4"]).stdout;
    assert!(first.starts_with("the code blocks its thread\n  1  Which call"), "{first}");
    let second = workbook.run(&["hint", "4", "no_wakeup_is_lost", "2"]).stdout;
    assert!(second.contains("must not block"), "{second}");
    let third = workbook.run(&["hint", "4", "no_wakeup_is_lost", "3"]);
    let words = "no_wakeup_is_lost has hints 1 to 2, and no hint 3\n";
    assert_eq!((third.code, third.stderr.as_str()), (Some(2), words));

    // What is not written has no bug yet: the check's hints help to write it.
    workbook.judged_because("// mine", &["no_wakeup_is_lost"], Some(Cause::NotWritten));
    let hints = [1, 2, 3].map(|_| workbook.run(&["hint", "4"]).stdout);
    assert!(hints[0].contains("`todo!()`") && hints[2].contains("  3  Do both under one lock."));
    // Another text has no known cause yet.
    workbook.write("// changed");
    let own = workbook.run(&["hint", "4", "no_wakeup_is_lost"]).stdout;
    assert!(own.contains("What fits in between?"), "{own}");
}

#[test]
fn a_check_can_be_named_by_its_title() {
    let workbook = Sandbox::new();
    let by_title = workbook.run(&["hint", "4", "No wake-up is lost"]);
    assert_eq!(by_title.stdout, workbook.run(&["hint", "4", "no_wakeup_is_lost"]).stdout);
    assert!(by_title.stdout.starts_with("no wake-up is lost\n"), "{}", by_title.stdout);
}

#[test]
fn a_stub_has_hints_without_a_verdict() {
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
fn without_a_failing_check_there_is_no_hint() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &[]);
    let output = workbook.run(&["hint", "4"]);
    let words = "all checks of exercise-4 pass: no hint is needed\n";
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), words));

    workbook.not_judged("// mine", Status::DoesNotCompile, "error: no\n");
    let output = workbook.run(&["hint", "4"]);
    let words = "error: no\n\nhints are about failing checks: make it compile first\n";
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), words));
}

#[test]
fn a_broken_hints_file_counts_as_none() {
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
