//! The verdict as it is told, on answers that are wrong in every way there is.

use std::fs;

use std::process::{Command, Output};

use schedule::{Found, Schedule};
use workbook::Workbook;
use workbook::answer::AnswerSource;
use workbook::print::{self, Options};
use workbook::verdict::{CheckResult, CheckStatus, Status, Verdict};
use workbook::{judge, known, stage};

fn book() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

/// A bug of exercise 4, staged for this test alone.
fn staged(test: &str, bug: &str) -> AnswerSource {
    stage_bug(test, 4, bug)
}

fn stage_bug(test: &str, exercise: u32, bug: &str) -> AnswerSource {
    let path = book().exercises()[exercise as usize - 1].tests.join("bugs").join(bug);
    let bug = known::Bug::read(&book(), &path.with_added_extension("patch"));
    stage_text(test, exercise, bug.expect("it applies").text)
}

/// The solution of exercise 4 with one thing changed.
fn changed(test: &str, from: &str, to: &str) -> AnswerSource {
    let text = fs::read_to_string(book().root().join("solutions/4-semaphore/src/semaphore.rs"));
    let text = text.expect("the solution is there");
    assert!(text.contains(from), "the solution has no {from}");
    stage_text(test, 4, text.replace(from, to))
}

/// The start of `Semaphore::new` in the solution of exercise 4.
const NEW: &str = "pub fn new(permits: usize) -> Self {\n";

/// The solution of exercise 4 with this code at the start of `new`.
fn with_new(test: &str, code: &str) -> AnswerSource {
    changed(test, NEW, &format!("{NEW}{code}\n"))
}

fn stage_text(test: &str, exercise: u32, text: String) -> AnswerSource {
    let book = book();
    let folder = book.root().join("target/stage").join(test);
    let exercise = &book.exercises()[exercise as usize - 1];
    let staged = stage::stage(&book, &folder, exercise, &[(test.to_owned(), text)].into());
    staged.expect("the stage can be written").remove(0)
}

fn judge(answer: &AnswerSource, only: &[&str]) -> Verdict {
    let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
    judge::judge(answer, &only).expect("the workbook is as it should be")
}

/// As the learner sees it: in their own folder, without colours.
fn printed(mut answer: AnswerSource, mut verdict: Verdict, width: usize) -> String {
    let exercise = answer.exercise.clone();
    verdict.exercise = format!("exercise-{}", exercise.number);
    answer.file = format!("exercises/{}/src/{}.rs", exercise.folder(), exercise.name).into();
    let each = verdict.checks.iter().any(CheckResult::is_not_selected);
    let options = Options { width, all: false, each };
    let text = print::verdict(&answer, &verdict, options);
    anstream::adapter::strip_str(&text).to_string()
}

fn workbook(arguments: &[&str]) -> Output {
    let mut workbook = Command::new(env!("CARGO_BIN_EXE_workbook"));
    workbook.current_dir(book().root()).args(arguments).output().expect("it can be run")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn a_lost_wake_up_is_shown_with_its_interleaving() {
    let answer = staged("lost-wake-up", "two-locks");
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::Failed);
    insta::assert_snapshot!(printed(answer, verdict, 100));
}

#[test]
fn the_readme_shows_real_verdicts() {
    let readme = fs::read_to_string(book().root().join("README.md")).expect("it is there");
    let mut blocks = readme.split("```text\n").skip(1);
    for (number, bug, check) in [
        (1, "looks-under-the-read-lock", "a_token_is_spent_once"),
        (4, "two-locks", "no_wakeup_is_lost"),
    ] {
        let answer = stage_bug(&format!("readme-{number}"), number, bug);
        let verdict = judge(&answer, &[check]);
        let printed = printed(answer, verdict, 100);
        let block = blocks.next().and_then(|rest| rest.split("```").next());
        let block = block.expect("the README has a transcript");
        let (command, verdict) = block.split_once('\n').expect("a command and what it prints");
        assert_eq!(command, format!("$ just check exercise-{number} {check}"));
        assert_eq!(verdict, printed);
    }
}

/// A wrong worker pool, which only a schedule shows.
fn staged_pool(test: &str, bug: &str) -> AnswerSource {
    stage_bug(test, 2, bug)
}

#[test]
fn a_shutdown_race_is_shown_as_a_timeline() {
    let check = "shutdown_returns_after_the_last_result_under_many_schedules";
    let answer = staged_pool("shutdown-race", "counted-down-before-the-result-is-sent");
    let verdict = judge(&answer, &[check]);
    assert_eq!(verdict.status, Status::Failed);
    let judged = |verdict: &Verdict| {
        let judged = verdict.checks.iter().find(|judged| judged.name == check);
        judged.and_then(|judged| judged.schedule.clone()).expect("a timeline")
    };
    let schedule = judged(&verdict);
    let Found::Seeded { seed } = schedule.found else { panic!("a seed: {schedule:?}") };
    let replayed = judge::replay(&answer, &[check.to_owned()], seed);
    let replayed = replayed.expect("the workbook is as it should be");
    assert_eq!(judged(&replayed), schedule, "the seed runs another schedule");
    insta::assert_snapshot!(printed(answer, verdict, 100));
}

#[test]
fn a_timeline_that_is_stuck_ends_with_who_waits_for_what() {
    let answer = staged_pool("stuck", "close-comes-before-the-wait");
    let verdict = judge(&answer, &["the_results_of_a_dropped_idle_pool_end_under_many_schedules"]);
    insta::assert_snapshot!(printed(answer, verdict, 80));
}

#[test]
fn a_narrow_terminal_is_kept_to() {
    let answer = staged("narrow", "two-locks");
    let verdict = judge(&answer, &["no_wakeup_is_lost", "three_tasks_each_get_the_permit"]);
    for width in [40, 60, 80] {
        let options = Options { width, all: false, each: true };
        let printed = print::verdict(&answer, &verdict, options);
        let printed = anstream::adapter::strip_str(&printed).to_string();
        for line in printed.lines().filter(|line| !line.contains("just ")) {
            // Commands are not broken: they are there to be copied.
            assert!(textwrap::core::display_width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn every_check_is_judged_whatever_one_does_to_its_process() {
    let answer = staged("deadlock", "wakes-under-the-lock");
    let verdict = judge(&answer, &[]);
    for check in &verdict.checks {
        let expected = match check.name.as_str() {
            "a_waker_may_use_the_semaphore" => CheckStatus::Timeout,
            _ => CheckStatus::Passed,
        };
        assert_eq!(check.status, expected, "{}: {:?}", check.name, check.message);
    }
    let stuck = verdict.checks.iter().find(|check| check.status == CheckStatus::Timeout);
    assert_eq!(
        stuck.and_then(|check| check.message.as_deref()),
        Some(
            "stuck: every thread is blocked, while waking a waker that uses the semaphore inside `wake`"
        )
    );
}

#[test]
fn a_panic_in_a_task_is_not_lost() {
    let answer = changed(
        "panics",
        "        self.queue.push_back(",
        "        assert!(self.queue.len() < 3, \"no room\");\n        self.queue.push_back(",
    );
    let verdict = judge(&answer, &["tokio_tasks_share_the_permits"]);
    let check = verdict.checks.iter().find(|check| check.status == CheckStatus::Failed);
    let message = check.and_then(|check| check.message.as_deref()).expect("a task panics");
    let at = "the code panicked at src/semaphore.rs:";
    assert!(message.starts_with(at) && message.ends_with(": no room"), "{message}");
}

#[test]
fn an_answer_that_ends_the_process_has_failed() {
    let prints_success = r#"
        println!("running 1 test\ntest checks::no_wakeup_is_lost ... ok\n");
        println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        println!("{{\"nonce\":\"0\",\"outcome\":{{\"status\":\"passed\"}}}}");
        std::process::exit(0);"#;
    for (name, code) in
        [("exit-zero", "std::process::exit(0);"), ("prints-success", prints_success)]
    {
        let verdict = judge(&with_new(name, code), &[]);
        assert_eq!((verdict.status, verdict.points), (Status::Failed, 0));
        for check in &verdict.checks {
            assert_eq!(check.status, CheckStatus::Failed, "{}", check.name);
            let message =
                "the code ended the whole process (exit code 0) in the middle of the check";
            assert_eq!(check.message.as_deref(), Some(message));
        }
    }
}

#[test]
fn tests_in_an_answer_do_not_stand_in_for_checks() {
    let stub = "        self.lock().free\n    }\n";
    let own = "        self.lock().free + 1\n    }\n";
    let answer = changed("own-tests", stub, own);
    let file = answer.workspace.join(&answer.file);
    let text = fs::read_to_string(&file).expect("it is staged");
    let test = "#[test]\nfn available_permits_counts_the_free_permits() {\n    std::process::exit(0);\n}\n";
    fs::write(&file, text + test).expect("it can be written");
    let verdict = judge(&answer, &["available_permits_counts_the_free_permits"]);
    let check = verdict.checks.iter().find(|check| check.status == CheckStatus::Failed);
    let message = check.and_then(|check| check.message.as_deref()).expect("the check itself fails");
    assert!(message.contains("`available_permits` should be 2, but it is 3"), "{message}");
}

#[test]
fn an_answer_that_floods_the_output_has_failed() {
    let code = r#"
        let line = "a line of output, again and again\n".repeat(1000);
        for _ in 0..3000 {
            print!("{line}");
            eprint!("{line}");
        }"#;
    let verdict = judge(&with_new("floods", code), &[]);
    assert_eq!((verdict.status, verdict.points), (Status::Failed, 0));
    for check in &verdict.checks {
        let message = "the code prints too much: more than 1024 KiB in one check";
        assert_eq!(check.message.as_deref(), Some(message), "{}", check.name);
        assert!(check.printed.len() <= 40 << 10);
    }
}

#[test]
fn an_endless_loop_is_told_and_what_does_not_meet_it_is_judged() {
    let acquire = "pub async fn acquire(&self) -> Permit<'_> {\n";
    let endless = "while std::hint::black_box(true) {}\n";
    let answer = changed("endless", acquire, &format!("{acquire}{endless}"));
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::Failed);
    for check in &verdict.checks {
        match check.status {
            CheckStatus::Passed => assert!(check.points > 0),
            CheckStatus::Timeout => {
                let message = check.message.as_deref().unwrap_or_default();
                assert!(message.starts_with("endless"), "{}: {message}", check.name);
            }
            status => panic!("{}: {status:?}, {:?}", check.name, check.message),
        }
    }
    // What never calls `acquire`.
    let passed = verdict.checks.iter().find(|check| check.name == "a_permit_has_one_holder");
    assert_eq!(passed.map(|check| check.status), Some(CheckStatus::Passed));
}

#[test]
fn a_compile_error_is_the_compilers_words_and_nothing_else() {
    let answer = changed(
        "does-not-compile",
        "        Some(Permit { semaphore: self })\n",
        "        Permit { semaphore: self }\n",
    );
    let verdict = judge(&answer, &[]);
    assert_eq!((verdict.status, verdict.points), (Status::DoesNotCompile, 0));
    assert!(verdict.checks.iter().all(|check| check.status == CheckStatus::NotRun));
    insta::assert_snapshot!(printed(answer, verdict, 100));
}

#[test]
fn another_signature_is_a_compile_error_of_the_answer() {
    let answer = changed(
        "signature",
        "pub fn available_permits(&self) -> usize {\n        self.lock().free\n",
        "pub fn available_permits(&self) -> bool {\n        self.lock().free > 0\n",
    );
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::DoesNotCompile);
}

#[test]
fn what_the_explorer_lacks_is_no_fault_of_the_answer() {
    let answer = changed(
        "lacks",
        "        let state = State {",
        "        crate::sync::Arc::into_inner(crate::sync::Arc::new(()));\n        let state = State {",
    );
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::Inconclusive);
    for check in &verdict.checks {
        let message = check.message.as_deref().unwrap_or_default();
        match check.kind {
            workbook::exercise::Kind::Explored => {
                assert_eq!((check.status, check.points), (CheckStatus::Inconclusive, 0));
                assert!(message.contains("no fault of the answer"), "{message}");
                assert!(
                    message.contains("src/semaphore.rs:50: ") && message.contains("into_inner")
                );
            }
            _ => assert_eq!(check.status, CheckStatus::Passed, "{}", check.name),
        }
    }
}

#[test]
fn who_goes_round_the_explorer_is_told_so_by_name_and_line() {
    let answer = changed(
        "goes-round",
        "use crate::sync::{Mutex, MutexGuard, PoisonError};",
        "use std::sync::{Mutex, MutexGuard, PoisonError};",
    );
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::Failed);
    for check in &verdict.checks {
        match check.kind {
            workbook::exercise::Kind::Explored => assert_eq!(
                check.message.as_deref(),
                Some(
                    "not explored: `std::sync::Mutex` (src/semaphore.rs:14), \
                     `std::sync::MutexGuard` (src/semaphore.rs:14) go round `crate::sync`, where \
                     the explorer cannot follow; take its like from `crate::sync`"
                )
            ),
            _ => assert_eq!(check.status, CheckStatus::Passed, "{}", check.name),
        }
    }
}

#[test]
fn what_an_answer_prints_is_shown_beside_its_failure() {
    let answer = changed(
        "prints",
        "        self.lock().free\n",
        "        println!(\"counting\");\n        self.lock().free + 1\n",
    );
    let verdict = judge(&answer, &["available_permits_counts_the_free_permits"]);
    insta::assert_snapshot!(printed(answer, verdict, 80));
}

#[test]
fn a_solution_passes_with_exit_0_and_no_escape_codes_in_a_pipe() {
    let output = workbook(&["check", "solution-4"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with("100 of 100 points, 62 of 62 checks passed\n"), "{text}");
    assert!(!text.contains('\x1b') && output.stderr.is_empty(), "{}", stderr(&output));
}

#[test]
fn json_is_one_object() {
    let output = workbook(&["check", "solution-4", "no_wakeup_is_lost", "--format", "json"]);
    let verdict: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one object");
    assert_eq!(verdict["exercise"], "solution-4");
    assert_eq!(verdict["status"], "passed");
    assert_eq!((&verdict["points"], &verdict["max_points"]), (&3.into(), &100.into()));
    assert!(verdict["duration_ms"].is_u64());
    let checks = verdict["checks"].as_array().expect("a list");
    let check =
        |name: &str| checks.iter().find(|check| check["name"] == name).expect("it is there");
    insta::assert_json_snapshot!(check("no_wakeup_is_lost"));
    insta::assert_json_snapshot!(check("a_permit_wins_over_the_signal"));
}

#[test]
fn a_failure_in_json_has_its_schedule() {
    let answer = staged("json", "two-locks");
    let verdict = judge(&answer, &["no_wakeup_is_lost"]);
    let json = serde_json::to_value(&verdict).expect("plain data");
    let checks = json["checks"].as_array().expect("a list");
    let failed = checks.iter().find(|check| check["status"] == "failed").expect("it fails");
    let schedule: Schedule =
        serde_json::from_value(failed["schedule"].clone()).expect("what was written");
    assert_eq!(schedule.threads, ["main", "other task"]);
    assert!(matches!(schedule.found, Found::Counted { preemptions: 1, .. }), "{schedule:?}");
}

#[test]
fn a_wrong_call_is_exit_2_and_says_what_is_right() {
    for (arguments, words) in [
        (&["check", "exercise-9"][..], "there is no exercise `exercise-9`; there is\n  exercise-1"),
        (&["check", "4", "wakeup"], "there is no check `wakeup`; there is\n  no_wakeup_is_lost\n"),
        (&["hint", "4", "signal"], "  the_signal_cancels_acquire_until\n"),
        (&["hint", "4", "no_wakeup_is_lost", "3"], "3 is not in 1..=2"),
        (&["live", "4"], "exercise-4 has nothing to run live"),
        (&["grade"], "unrecognized subcommand"),
    ] {
        let output = workbook(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn hints_open_one_by_one() {
    let first = stdout(&workbook(&["hint", "semaphore", "no-wakeup-is-lost"]));
    let second = stdout(&workbook(&["hint", "2.3", "no_wakeup_is_lost", "2"]));
    insta::assert_snapshot!(format!("{first}\n{second}"));
}
