//! Verdicts as the learner sees them, on answers that are wrong in every way that matters.

use std::fs;
use std::process::{Command, Output};

use schedule::{Cause, Found, Schedule};
use workbook::Workbook;
use workbook::answer::AnswerSource;
use workbook::exercise::Kind;
use workbook::print::{self, Options};
use workbook::verdict::{CheckResult, CheckStatus, Status, Verdict};
use workbook::{judge, known, stage};

fn book() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

/// A bug of an exercise, staged for one test.
fn bug(test: &str, exercise: u32, name: &str) -> AnswerSource {
    let bugs = book().exercises()[exercise as usize - 1].tests.join("bugs");
    let bug = known::Bug::read(&book(), &bugs.join(name).with_added_extension("patch"));
    stage_text(test, exercise, bug.expect("it applies").text)
}

/// The solution of exercise 4 with one thing changed, staged for one test.
fn changed(test: &str, from: &str, to: &str) -> AnswerSource {
    changed_in(4, test, from, to)
}

/// The solution of an exercise with one thing changed, staged for one test.
fn changed_in(number: u32, test: &str, from: &str, to: &str) -> AnswerSource {
    let book = book();
    let exercise = &book.exercises()[number as usize - 1];
    let file = format!("solutions/{}/src/{}.rs", exercise.folder(), exercise.name);
    let text = fs::read_to_string(book.root().join(file)).expect("the solution is there");
    assert!(text.contains(from), "the solution has no {from}");
    stage_text(test, number, text.replace(from, to))
}

/// The start of `Semaphore::new` in the solution of exercise 4.
const NEW: &str = "pub fn new(permits: usize) -> Self {\n";
/// The start of `Semaphore::acquire`.
const ACQUIRE: &str = "pub async fn acquire(&self) -> Permit<'_> {\n";

/// The solution of exercise 4 with this code at the start of a function.
fn with_code(test: &str, function: &str, code: &str) -> AnswerSource {
    changed(test, function, &format!("{function}{code}\n"))
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
    judge::judge(answer, &only).expect("the answer can be judged")
}

/// The result of the only check that was run.
fn only(verdict: &Verdict) -> &CheckResult {
    let mut run = verdict.checks.iter().filter(|check| !check.is_not_selected());
    match (run.next(), run.next()) {
        (Some(check), None) => check,
        _ => panic!("not one check: {verdict:?}"),
    }
}

fn message(check: &CheckResult) -> &str {
    check.message.as_deref().unwrap_or_default()
}

/// As the learner sees it: in their own folder, without colours.
fn printed(answer: &AnswerSource, verdict: Verdict, width: usize) -> String {
    let exercise = &answer.exercise;
    let verdict = Verdict { exercise: format!("exercise-{}", exercise.number), ..verdict };
    let file = format!("exercises/{}/src/{}.rs", exercise.folder(), exercise.name).into();
    let answer = AnswerSource { file, ..answer.clone() };
    let each = verdict.checks.iter().any(CheckResult::is_not_selected);
    let text = print::verdict(&answer, &verdict, Options { width, each, ..Default::default() });
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
    let answer = bug("lost-wake-up", 4, "two-locks");
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::Failed);
    let text = printed(&answer, verdict, 100);
    assert!(text.lines().count() <= 45, "it does not fit a screen:\n{text}");
    insta::assert_snapshot!(text);

    let verdict = judge(&answer, &["no_wakeup_is_lost"]);
    let json = serde_json::to_value(only(&verdict)).expect("plain data");
    assert_eq!((&json["status"], &json["cause"]), (&"failed".into(), &"waits_forever".into()));
    let schedule: Schedule =
        serde_json::from_value(json["schedule"].clone()).expect("what was written");
    assert_eq!(schedule.threads.len(), 2);
    assert!(matches!(schedule.found, Found::Counted { preemptions: 1, .. }), "{schedule:?}");

    for width in [40, 60, 80] {
        let options = Options { width, each: true, ..Default::default() };
        let printed = print::verdict(&answer, &verdict, options);
        let printed = anstream::adapter::strip_str(&printed).to_string();
        // Commands are not wrapped: they are there to be copied.
        for line in printed.lines().filter(|line| !line.contains("just ")) {
            assert!(textwrap::core::display_width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn results_that_never_end_are_shown_on_one_screen() {
    let answer = bug("results-never-end", 2, "pool-keeps-a-results-sender");
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::Failed);
    let text = printed(&answer, verdict, 100);
    assert!(text.lines().count() <= 45, "it does not fit a screen:\n{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_readme_shows_real_verdicts() {
    let readme = fs::read_to_string(book().root().join("README.md")).expect("it is there");
    let mut blocks = readme.split("```text\n").skip(1);
    for (number, bug, check) in [
        (1, "looks-under-the-read-lock", "a_token_is_spent_once"),
        (4, "two-locks", "no_wakeup_is_lost"),
    ] {
        let answer = self::bug(&format!("readme-{number}"), number, bug);
        let verdict = judge(&answer, &[check]);
        let printed = printed(&answer, verdict, 100);
        let block = blocks.next().and_then(|rest| rest.split("```").next());
        let block = block.expect("the README has a transcript");
        let (command, verdict) = block.split_once('\n').expect("a command and what it prints");
        assert_eq!(command, format!("$ just check exercise-{number} {check}"));
        assert_eq!(verdict, printed);
    }
}

#[test]
fn a_shutdown_race_is_shown_as_a_timeline() {
    let check = "shutdown_returns_after_the_last_result_under_many_schedules";
    let answer = bug("shutdown-race", 2, "counted-down-before-the-result-is-sent");
    let verdict = judge(&answer, &[check]);
    assert_eq!(verdict.status, Status::Failed);
    let schedule = |verdict: &Verdict| only(verdict).schedule.clone().expect("a timeline");
    let first = schedule(&verdict);
    let Found::Seeded { seed } = first.found else { panic!("a seed: {first:?}") };
    let replayed = judge::replay(&answer, &[check.to_owned()], seed);
    let replayed = replayed.expect("it can be judged");
    assert_eq!(schedule(&replayed), first, "the seed runs another schedule");
    insta::assert_snapshot!(printed(&answer, verdict, 100));
}

#[test]
fn a_timeline_that_deadlocks_ends_with_what_each_task_waits_for() {
    let answer = bug("stuck", 2, "close-comes-before-the-wait");
    let verdict = judge(&answer, &["the_results_of_a_dropped_idle_pool_end_under_many_schedules"]);
    insta::assert_snapshot!(printed(&answer, verdict, 80));
}

#[test]
fn a_function_that_is_not_written_is_one_failure() {
    let stub = fs::read_to_string(book().root().join("tests/2-worker-pool/stub.rs"));
    let verdict = judge(&stage_text("stub", 2, stub.expect("the stub is there")), &[]);
    assert_eq!(verdict.failures_by_cause().len(), 1, "{verdict:?}");
}

#[test]
fn a_title_of_several_words_needs_no_quotes() {
    let verdict = judge(&with_code("title", NEW, ""), &["No", "wake-up", "is", "lost"]);
    assert_eq!(only(&verdict).name, "no_wakeup_is_lost");
}

#[test]
fn errors_that_are_all_in_the_checks_are_about_the_signatures() {
    let answer = changed(
        "private-future",
        "pub async fn acquire(&self) -> Permit<'_> {\n        Acquire { semaphore: self, ticket: None }.await",
        "pub fn acquire(&self) -> Acquire<'_> {\n        Acquire { semaphore: self, ticket: None }",
    );
    let verdict = judge(&answer, &[]);
    assert_eq!(verdict.status, Status::DoesNotCompile);
    let message = verdict.message.as_deref().unwrap_or_default();
    let message = anstream::adapter::strip_str(message).to_string();
    assert_eq!(message.matches("error").count(), 1, "{message}");
    let words = ["Acquire<'_>` is private", "Compare its names and signatures"];
    assert!(words.iter().all(|word| message.contains(word)), "{message}");
}

#[test]
fn a_sequence_is_shown_as_a_story() {
    let answer = bug("story", 2, "panic-report-is-lost-when-full");
    let verdict = judge(&answer, &["calls_and_events_may_come_in_any_order"]);
    insta::assert_snapshot!(printed(&answer, verdict, 80));
}

#[test]
fn a_sequence_that_hangs_is_shown_up_to_the_call_that_does_not_return() {
    let answer = bug("hanging-story", 1, "cancelled-wait-spins");
    let verdict = judge(&answer, &["attempts_and_events_may_come_in_any_order"]);
    insta::assert_snapshot!(printed(&answer, verdict, 80));
}

#[test]
fn two_checks_that_are_stuck_do_not_stop_the_others() {
    let answer = bug("deadlock", 4, "wakes-under-the-lock");
    let verdict = judge(&answer, &[]);
    let failing: Vec<_> = verdict.failing().map(|check| (&*check.name, check.cause)).collect();
    let stuck = ["a_waker_may_use_the_semaphore", "calls_and_events_may_come_in_any_order"];
    assert_eq!(failing, stuck.map(|check| (check, Some(Cause::Stuck))));
    insta::assert_snapshot!(printed(&answer, verdict.clone(), 80));
    assert_eq!(verdict.skipped(), 0);
}

#[test]
fn a_blocking_poll_ends_the_run_with_its_line() {
    let blocking = "        let pair = (std::sync::Mutex::new(()), std::sync::Condvar::new());\n\
                    \x20       drop(pair.1.wait(pair.0.lock().unwrap()));";
    let verdict = judge(&with_code("blocking", ACQUIRE, blocking), &[]);
    let first = verdict.first_to_fix().expect("it fails");
    assert_eq!(first.cause, Some(Cause::Stuck));
    assert!(message(first).contains("src/semaphore.rs:"), "{}", message(first));
    assert!(verdict.skipped() > 20, "{} checks were skipped", verdict.skipped());
}

#[test]
fn an_endless_loop_ends_the_run() {
    let verdict = judge(&with_code("endless", ACQUIRE, "while std::hint::black_box(true) {}"), &[]);
    let first = verdict.first_to_fix().expect("it fails");
    assert_eq!(first.cause, Some(Cause::Endless), "{}", message(first));
    assert!(verdict.skipped() > 20, "{} checks were skipped", verdict.skipped());
}

#[test]
fn a_panic_in_a_task_is_not_lost() {
    let answer = changed(
        "panics",
        "        self.queue.insert(",
        "        assert!(self.queue.len() < 3, \"no room\");\n        self.queue.insert(",
    );
    let verdict = judge(&answer, &["tokio_tasks_share_the_permits"]);
    let (check, at) = (only(&verdict), "the code panicked at src/semaphore.rs:");
    assert_eq!((check.status, check.cause), (CheckStatus::Failed, Some(Cause::Panicked)));
    assert!(message(check).starts_with(at) && message(check).contains(": no room"), "{check:?}");
}

#[test]
fn an_answer_that_ends_the_process_has_failed() {
    let code = r#"
        println!("running 1 test\ntest checks::no_wakeup_is_lost ... ok\n");
        println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        println!("{{\"nonce\":\"0\",\"outcome\":{{\"status\":\"passed\"}}}}");
        drop(Vec::<u8>::with_capacity(isize::MAX as usize)); // Aborts: there is no such memory."#;
    let verdict = judge(&with_code("exits", NEW, code), &[]);
    assert_eq!((verdict.status, verdict.points), (Status::Failed, 0));
    for check in &verdict.checks {
        assert_eq!(check.status, CheckStatus::Failed, "{}", check.name);
        assert_eq!(check.cause, Some(Cause::Crashed), "{}", check.name);
    }
}

#[test]
fn an_answer_that_prints_too_much_has_failed() {
    let code = r#"
        let line = "a line of output, again and again\n".repeat(1000);
        for _ in 0..3000 {
            print!("{line}");
            eprint!("{line}");
        }"#;
    let verdict = judge(&with_code("floods", NEW, code), &["no_wakeup_is_lost"]);
    let check = only(&verdict);
    assert_eq!((check.status, check.cause), (CheckStatus::Failed, Some(Cause::Prints)));
    assert!(check.printed.len() <= 40 << 10);
}

#[test]
fn tests_in_an_answer_do_not_replace_checks() {
    let check = "available_permits_counts_the_free_permits";
    let own = format!("\n#[test]\nfn {check}() {{}}\n");
    let wrong = "        println!(\"counting\");\n        self.lock().free + 1\n";
    let answer = changed("own-tests", "        self.lock().free\n", wrong);
    let text = answer.read().expect("it can be read").expect("it is staged");
    fs::write(answer.path(), text + &own).expect("it can be written");
    let verdict = judge(&answer, &[check]);
    assert_eq!(only(&verdict).status, CheckStatus::Failed, "{verdict:?}");
    // What it printed is shown, too.
    insta::assert_snapshot!(printed(&answer, verdict, 80));
}

#[test]
fn a_compile_error_is_shown_as_rustc_shows_it() {
    let answer = changed(
        "does-not-compile",
        "        Some(Permit { semaphore: self })\n",
        "        Permit { semaphore: self }\n",
    );
    let verdict = judge(&answer, &[]);
    assert_eq!((verdict.status, verdict.points), (Status::DoesNotCompile, 0));
    assert!(verdict.checks.iter().all(|check| check.status == CheckStatus::NotRun));
    insta::assert_snapshot!(printed(&answer, verdict, 100));
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
fn a_forgotten_await_is_shown_as_rustc_warns_of_it() {
    let code = "        std::future::ready(1);\n        let unused = 1;";
    let verdict = judge(&with_code("warns", NEW, code), &["no_wakeup_is_lost"]);
    let [warning] = &verdict.warnings[..] else { panic!("{:?}", verdict.warnings) };
    assert!(warning.contains("futures do nothing unless you `.await` or poll them"), "{warning}");
}

#[test]
fn a_future_that_is_not_send_is_shown_with_rustcs_error() {
    let code = "        let counter = std::rc::Rc::new(1);\n        std::future::ready(()).await;\n\
                \x20       assert_eq!(*counter, 1);";
    let verdict = judge(&with_code("not-send", ACQUIRE, code), &["permits_and_futures_are_send"]);
    let check = only(&verdict);
    assert_eq!(check.cause, Some(Cause::NotSend), "{check:?}");
    let error = check.compiler_error.as_deref().expect("rustc has an error");
    let error = anstream::adapter::strip_str(error).to_string();
    assert!(error.contains("Rc<i32>") && error.contains("src/semaphore.rs:"), "{error}");
    assert!(!error.contains("tests/"), "it shows places in the checks:\n{error}");
}

#[test]
fn a_guard_across_an_await_is_shown_before_what_hangs_for_it() {
    let call = "        let value = compute().await?;\n";
    let held = format!("        let state = self.write();\n{call}        drop(state);\n");
    let verdict = judge(&changed_in(6, "guard-across-await", call, &held), &[]);
    assert!(verdict.skipped() > 0, "{verdict:?}");
    let first = verdict.first_to_fix().expect("it fails");
    assert_eq!(first.cause, Some(Cause::NotSend), "{first:?}");
    let error = first.compiler_error.as_deref().expect("rustc has an error");
    let error = anstream::adapter::strip_str(error).to_string();
    for words in [
        "`crate::sync::RwLockWriteGuard<'_, State<K, V>>` which is not `Send`",
        "await occurs here, with `state` maybe used later",
    ] {
        assert!(error.contains(words), "there is no {words}:\n{error}");
    }
    assert!(!error.contains("tests/"), "it shows places in the checks:\n{error}");
}

#[test]
fn a_future_that_checks_cannot_send_is_shown_without_them() {
    let submit = "    pub async fn submit(&self, job: J) -> Result<(), Rejected<J>> {\n";
    let held = format!(
        "{submit}        let counter = std::rc::Rc::new(1);\n        \
         tokio::task::yield_now().await;\n        drop(counter);\n"
    );
    let verdict = judge(&changed_in(2, "cannot-send", submit, &held), &[]);
    assert_eq!(verdict.status, Status::DoesNotCompile);
    let error = verdict.message.expect("rustc has an error");
    let error = anstream::adapter::strip_str(&error).to_string();
    assert!(error.contains("`Rc<i32>` cannot be sent between threads safely"), "{error}");
    assert!(error.contains("src/worker_pool.rs:103:"), "{error}");
    assert!(!error.contains("tests/"), "it shows places in the checks:\n{error}");
}

#[test]
fn what_the_explorer_lacks_is_not_the_answers_fault() {
    let code = "        crate::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);";
    let verdict = judge(&with_code("lacks", NEW, code), &[]);
    assert_eq!(verdict.status, Status::Inconclusive);
    for check in &verdict.checks {
        if check.kind != Kind::Explored {
            assert_eq!(check.status, CheckStatus::Passed, "{}", check.name);
            continue;
        }
        assert_eq!((check.status, check.points), (CheckStatus::Inconclusive, 0));
        let words = ["not the answer's fault", "src/semaphore.rs:", "compiler_fence"];
        assert!(words.iter().all(|word| message(check).contains(word)), "{}", message(check));
    }
}

#[test]
fn an_answer_that_needs_stds_arc_is_explored_with_it() {
    let code = "        use crate::sync::Arc;
        struct Twice(std::task::Waker);
        impl std::task::Wake for Twice {
            fn wake(self: Arc<Self>) {
                self.0.wake_by_ref();
            }
        }
        let waker: std::task::Waker = Arc::new(Twice(std::task::Waker::noop().clone())).into();
        let wake: Arc<dyn Fn()> = Arc::new(move || waker.wake_by_ref());
        wake();";
    let verdict = judge(&with_code("std-arc", NEW, code), &["no_wakeup_is_lost"]);
    let (check, note) =
        (only(&verdict), "tried with std's `Arc`: no threads are switched where one");
    assert_eq!(check.status, CheckStatus::Passed, "{check:?}");
    assert!(message(check).starts_with(note), "{}", message(check));
}

#[test]
fn a_static_that_the_explorer_cannot_make_is_told_in_plain_words() {
    let code = "        use crate::sync::atomic::{AtomicUsize, Ordering};
        static MADE: AtomicUsize = AtomicUsize::new(0);
        MADE.fetch_add(1, Ordering::Relaxed);";
    let verdict = judge(&with_code("static", NEW, code), &["no_wakeup_is_lost"]);
    let check = only(&verdict);
    assert_eq!(check.status, CheckStatus::Inconclusive, "{check:?}");
    let words = "the explorer cannot make a lock or an atomic in a `static` or in a `const fn`; keep \
                 it in a field, and make it in a function that is not `const`";
    assert!(message(check).contains(words), "{}", message(check));
}

#[test]
fn an_answer_with_chance_in_it_is_never_wrong_for_that() {
    let text = "        if let Some((_, waker)) = next {\n";
    let chance = "            let numbers: std::collections::HashSet<u32> = (0..8).collect();
            if numbers.iter().next().is_some_and(|first| first % 2 == 0) {
                drop(self.lock());
            }\n";
    let answer = changed("chance", text, &format!("{text}{chance}"));
    let verdict = judge(&answer, &["any_two_calls_may_meet_over_one_permit"]);
    let check = only(&verdict);
    assert_eq!(check.status, CheckStatus::Inconclusive, "{check:?}");
    let words = "the code behaves differently when the same interleaving is run again";
    assert!(message(check).contains(words), "{}", message(check));
}

#[test]
fn a_bypass_of_the_explorer_is_named_with_its_line() {
    let answer = changed(
        "bypass",
        "use crate::sync::{Mutex, MutexGuard, PoisonError};",
        "use std::sync::{Mutex, MutexGuard, PoisonError};",
    );
    let verdict = judge(&answer, &["no_wakeup_is_lost"]);
    let check = only(&verdict);
    assert_eq!(check.cause, Some(Cause::Bypass));
    let words = ["std::sync::Mutex", "src/semaphore.rs:14"];
    assert!(words.iter().all(|word| message(check).contains(word)), "{}", message(check));
}

#[test]
fn a_solution_passes_with_exit_0_and_no_escape_codes_in_a_pipe() {
    let output = workbook(&["check", "solution-4"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with("100 of 100 points, 65 of 65 checks passed\n"), "{text}");
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
fn a_wrong_call_is_exit_2_and_says_what_is_right() {
    for (arguments, words) in [
        (&["check", "exercise-9"][..], "there is no exercise `exercise-9`; there is\n  exercise-1"),
        (&["check", "4", "wakeup"], "there is no check `wakeup`; there is\n  no_wakeup_is_lost\n"),
        (&["hint", "4", "signal"], "  the_signal_cancels_acquire_until\n"),
        (&["hint", "4", "no_wakeup_is_lost", "3"], "has hints 1 to 2, and no hint 3"),
        (&["live", "4"], "exercise-4 has no example `live`"),
        (&["grade"], "unrecognized subcommand"),
    ] {
        let output = workbook(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
