//! What the commands do, each in a workbook of its own: the real exercises are not touched,
//! and nothing is built.

mod compare;
#[cfg(unix)]
mod doctor;
mod hint;
mod list;
mod optional;
mod refused;
mod reset;
#[cfg(unix)]
mod run;
mod sandbox;

use crate::sandbox::Sandbox;

#[test]
fn help_lists_every_command() {
    let output = Sandbox::new().run(&["--help"]);
    for command in ["check", "watch", "list", "hint", "reset", "compare", "bug", "doctor", "live"] {
        assert!(output.stdout.contains(&format!("\n  {command} ")), "{}", output.stdout);
    }
}

#[test]
fn a_wrong_call_is_exit_2_and_says_what_is_right() {
    let workbook = Sandbox::new();
    for (arguments, words) in [
        (&["reset", "solution-4"][..], "solution-4 is the solution; your answer is exercise-4\n"),
        (&["compare", "solution-4"], "solution-4 is the solution; your answer is exercise-4\n"),
        (&["watch", "exercise-9"], "there is no exercise `exercise-9`; there is\n  exercise-1"),
        (&["hint"], "Usage: just hint <EXERCISE>"),
        (&["check", "3", "--foo"], "unexpected argument '--foo' found\n\nUsage: just check "),
        (
            &["check", "solutions", "no_wakeup_is_lost"],
            "name the exercise that the checks belong to\n",
        ),
        (&["check", "--replay", "1"], "name the exercise that the checks belong to\n"),
    ] {
        let output = workbook.run(arguments);
        assert_eq!(output.code, Some(2), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_missing_answer_is_reported_with_what_to_do() {
    let workbook = Sandbox::new();
    std::fs::remove_file(workbook.answer()).expect("it is there");
    for command in ["check", "watch", "hint", "compare"] {
        let output = workbook.run(&[command, "4"]);
        let file = "exercises/4-semaphore/src/semaphore.rs";
        let words = format!("{file} is missing; to get the stub back: just reset exercise-4");
        assert_eq!((output.code, output.stderr.trim_end()), (Some(2), &*words), "{command}");
    }
}
