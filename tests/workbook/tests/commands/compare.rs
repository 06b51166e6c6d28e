use workbook::side_by_side;
use workbook::verdict::Status;

use crate::sandbox::Sandbox;

const TITLE: &str = "solutions/4-semaphore/src/semaphore.rs";

#[test]
fn the_solution_is_shown_once_the_answer_passes() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &[]);
    let output = workbook.run(&["compare", "exercise-4"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert!(output.stdout.starts_with(TITLE) && output.stdout.contains("// mine"));
    assert!(!output.stdout.contains('\x1b'));
}

#[test]
fn the_solution_is_shown_at_the_second_request_for_the_same_text() {
    let workbook = Sandbox::new();
    let compare = || workbook.run(&["compare", "4"]);
    let refused = |why: &str| {
        let output = compare();
        let words = format!(
            "exercise-4 does not pass yet: {why}.\n\
             To see the solution anyway, run this again: just compare exercise-4\n"
        );
        assert_eq!((output.code, output.stdout, output.stderr.as_str()), (Some(1), words, ""));
    };
    refused("it is still the stub");
    assert!(compare().stdout.starts_with(TITLE));
    assert!(compare().stdout.starts_with(TITLE));
    workbook.judged("// mine", &["no_wakeup_is_lost"]);
    let of = workbook.checks().len();
    refused(&format!("1 of {of} checks fails"));
    workbook.judged("// changed", &["no_wakeup_is_lost", "three_tasks_take_turns"]);
    refused(&format!("2 of {of} checks fail"));
    workbook.not_judged("// worse", Status::DoesNotCompile, "error");
    refused("it does not compile");
    workbook.not_judged("// odd", Status::Refused, "");
    refused("it uses what no answer may use");
    assert!(compare().stdout.starts_with(TITLE));
}

#[test]
fn an_answer_without_a_verdict_is_checked_first() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &[]);
    workbook.write("// changed");
    let output = workbook.run(&["compare", "4"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""));
    let words = "exercise-4 has changed since it was checked: checking it first\ncargo cannot";
    assert!(output.stderr.starts_with(words), "{}", output.stderr);
}

#[test]
fn two_texts_are_side_by_side_or_one_below_the_other() {
    let solution = "use std::task::Waker;\n\npub fn permits(&self) -> usize {\n    \
        self.state.lock().unwrap_or_else(PoisonError::into_inner).queue.iter().count()\n}\n";
    let answer = "use std::mem;\nuse std::task::Waker;\n\npub fn permits(&self) -> usize {\n\t\
        let a = 1;\x1b[31m\n\n    a\n}\n\nfn more() {}\n";
    let text =
        |width| side_by_side::text(["solutions/x.rs", "exercises/x.rs"], [solution, answer], width);
    for width in [40, 60, 120] {
        let text = anstream::adapter::strip_str(&text(width)).to_string();
        assert!(text.lines().all(|line| textwrap::core::display_width(line) <= width));
    }
    let texts = [120, 60].map(|width| anstream::adapter::strip_str(&text(width)).to_string());
    insta::assert_snapshot!(texts.join("\n"));
}
