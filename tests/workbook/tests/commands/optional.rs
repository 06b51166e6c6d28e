//! An optional part of an exercise: nobody has to write it, and it changes nothing else.

use std::fs;
use std::path::PathBuf;

use workbook::answer::Owner;
use workbook::verdict::{Status, Verdict};

use crate::sandbox::Sandbox;

const PART: &str = "exercise-3-streaming";

fn file(workbook: &Sandbox) -> PathBuf {
    workbook.book().find(PART).expect("it is there").path()
}

#[test]
fn what_is_left_out_is_said_to_be_so_without_a_build() {
    let workbook = Sandbox::new();
    let output = workbook.run(&["check", "streaming"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    assert_eq!(
        output.stdout,
        "exercise-3-streaming  exercises/3-streaming/src/streaming.rs\n\n  \
         not done: this part is optional, and its checks count no points\n"
    );
    let output = workbook.run(&["check", "streaming", "--format", "json"]);
    let verdict: Verdict = serde_json::from_str(&output.stdout).expect("it is a verdict");
    assert_eq!((verdict.status, output.code), (Status::NotStarted, Some(1)));
    assert!(!workbook.root().join("target").exists());
}

#[test]
fn it_is_in_no_table() {
    let workbook = Sandbox::new();
    for name in [None, Some("solutions")] {
        let answers = workbook.book().find_all(name).expect("that means all");
        assert!(answers.iter().all(|answer| !answer.exercise.optional), "{name:?}");
    }
    assert!(!workbook.run(&["list"]).stdout.contains("streaming"));
}

#[test]
fn it_is_a_part_of_one_exercise() {
    let workbook = Sandbox::new();
    let book = workbook.book();
    for exercise in book.exercises() {
        let parts = book.optional_parts(exercise).map(|part| book.answer(part, Owner::Learner));
        let parts: Vec<String> = parts.map(|part| part.package).collect();
        let expected: &[&str] = if exercise.number == 3 { &[PART] } else { &[] };
        assert_eq!(parts, expected, "{}", exercise.folder());
    }
}

#[test]
fn its_stub_comes_back_as_that_of_an_exercise() {
    let workbook = Sandbox::new();
    let file = file(&workbook);
    fs::write(&file, "// mine").expect("it can be written");
    let output = workbook.run(&["reset", "streaming"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let text = fs::read_to_string(&file).expect("it is there");
    assert_eq!(text, "// The stub of streaming.\n");
    let copy = fs::read_to_string(file.with_extension("rs.1")).expect("it is kept");
    assert_eq!(copy, "// mine");
}

#[test]
fn what_streams_is_run_with_one_more_word() {
    let workbook = Sandbox::new();
    for (arguments, words) in [
        (&["live", "3", "--stream"][..], "exercise-3-streaming has no example `live`\n"),
        (&["live", "solution-3", "--stream"], "solution-3-streaming has no example `live`\n"),
        (&["live", "3"], "exercise-3 has no example `live`\n"),
        (&["live", "4", "--stream"], "exercise-4 has nothing to stream\n"),
    ] {
        let output = workbook.run(arguments);
        assert_eq!((output.code, output.stderr.as_str()), (Some(2), words), "{arguments:?}");
    }
}
