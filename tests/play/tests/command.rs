//! The command line: what it prints, and its exit codes.

use std::fs;
use std::process::{Command, Output};

use workbook::Workbook;

fn play(arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_play")).args(arguments).output();
    command.expect("it can be run")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_page_of_a_solution_is_written_and_its_path_printed() {
    let output = play(&["solution-1", "a_token_is_spent_once", "--no-open"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let mut lines = printed.lines();
    assert_eq!(lines.next(), Some("to play, open this in a browser:"));
    let page = fs::read_to_string(lines.next().expect("a path")).expect("the page is there");
    assert!(page.contains("Be the scheduler of solution-1"));
    let solution = Workbook::here().expect("the tests run inside the workbook");
    let solution = solution.find("solution-1").expect("it exists").read().expect("it is there");
    let line = solution
        .as_deref()
        .and_then(|text| text.lines().find(|line| line.contains("fn try_spend")));
    assert!(page.contains(line.expect("it has one").trim()), "the page has the answer's lines");
    for outside in ["src=\"", "<link", "http://", "https://"] {
        assert!(!page.contains(outside), "the page has to be whole, but has {outside}");
    }
}

#[test]
fn a_schedule_that_passes_is_shown_by_its_seed() {
    let check = "an_idle_pool_runs_a_job_and_shuts_down_under_many_schedules";
    let output = play(&["solution-2", check, "--seed", "3", "--no-open"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let page = fs::read_to_string(printed.lines().nth(1).expect("a path"));
    let page = page.expect("the page is there");
    assert!(page.contains("The schedule of seed 3, as the check recorded it."));
    assert!(page.contains("shutdown returns"), "the page has no steps");
    assert!(page.contains(r#""outcome":{"kind":"passed"}"#));
}

#[test]
fn wrong_calls_say_what_is_wrong() {
    for (arguments, expected) in [
        (&["exercise-9"][..], "there is no exercise `exercise-9`"),
        (&["solution-4", "nonsense"], "there is no model `nonsense`"),
        (&["solution-2", "nonsense"], "there is no model `nonsense`"),
        (
            &["solution-4", "no_wakeup_is_lost", "--seed", "1"],
            "no_wakeup_is_lost has nothing to replay",
        ),
        (&["solution-4", "--terminal"], "--terminal has to run in a terminal"),
    ] {
        let output = play(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
}
