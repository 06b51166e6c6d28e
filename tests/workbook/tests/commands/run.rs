//! Commands that build and run, with a stand-in for cargo: only what the commands themselves do
//! takes time.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use workbook::guide;
use workbook::verdict::{CheckStatus, Status, Verdict};

use crate::sandbox::{Output, Sandbox};

/// Far more than any of this takes.
const TIME_LIMIT: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

fn workbook() -> Sandbox {
    let workbook = Sandbox::new();
    let cargo = workbook.root().join("cargo");
    fs::write(&cargo, include_str!("stand-in.sh")).expect("it can be written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
    workbook
}

fn command(workbook: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = workbook.command(arguments);
    command.env("CARGO", workbook.root().join("cargo"));
    command
}

fn run(workbook: &Sandbox, arguments: &[&str]) -> Output {
    workbook.output(command(workbook, arguments))
}

/// A command that runs until it is interrupted.
struct Running {
    process: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(workbook: &Sandbox, arguments: &[&str]) -> Self {
        let mut command = command(workbook, arguments);
        // As a shell does, so that Ctrl-C reaches all that it starts.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn().expect("it can be run");
        let stdout = BufReader::new(process.stdout.take().expect("it was asked for"));
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).all(|l| tell.send(l).is_ok()));
        Self { process, lines }
    }

    fn says(&self, words: &str) {
        let end = Instant::now() + TIME_LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no {words}"));
            if line.contains(words) {
                return;
            }
        }
    }

    fn press_ctrl_c(&self) -> bool {
        let group = format!("kill -s INT -- -{}", self.process.id());
        let pressed = Command::new("sh").args(["-c", &group]).stderr(Stdio::null()).status();
        pressed.is_ok_and(|pressed| pressed.success())
    }

    /// Presses Ctrl-C, and returns the exit code, and what was written after that.
    fn interrupt(mut self) -> (Option<i32>, Vec<String>, String) {
        assert!(self.press_ctrl_c());
        let output = self.process.stderr.take().expect("it was asked for");
        let stderr = BufReader::new(output).lines().map_while(Result::ok).collect();
        let status = self.process.wait().expect("it ends");
        (status.code(), self.lines.iter().collect(), stderr)
    }
}

/// A test that fails leaves nothing running.
impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.press_ctrl_c();
        }
    }
}

/// The ids of the processes that do not end by themselves, once there are this many.
fn runs(workbook: &Sandbox, count: usize) -> Vec<String> {
    let file = workbook.root().join("runs");
    let end = Instant::now() + TIME_LIMIT;
    loop {
        let runs = fs::read_to_string(&file).unwrap_or_default();
        if runs.ends_with('\n') && runs.lines().count() >= count {
            return runs.lines().map(str::to_owned).collect();
        }
        assert!(Instant::now() < end, "there are not {count}: {runs}");
        thread::sleep(POLL_INTERVAL);
    }
}

/// Waits until a process has ended, which for an orphan takes the system a moment.
fn is_ended(process: &str) {
    let end = Instant::now() + TIME_LIMIT;
    let runs = || {
        let state = Command::new("ps").args(["-o", "stat=", "-p", process]).output();
        let state = state.expect("there is ps").stdout;
        !state.trim_ascii().is_empty() && !state.starts_with(b"Z")
    };
    while runs() {
        assert!(Instant::now() < end, "{process} still runs");
        thread::sleep(POLL_INTERVAL);
    }
}

fn save_by_renaming(workbook: &Sandbox, text: &str) {
    let new = workbook.answer().with_extension("rs~");
    fs::write(&new, text).expect("it can be written");
    fs::rename(new, workbook.answer()).expect("it can be renamed");
}

#[test]
fn all_are_judged_in_a_table() {
    let workbook = workbook();
    workbook.write("// fails no_wakeup_is_lost, fails three_tasks_take_turns");
    let first = workbook.answer_of(&workbook.book().exercises()[0]);
    fs::write(first.path(), "// does not compile").expect("it can be written");
    let output = run(&workbook, &["check"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(output.stdout);

    // The verdicts are kept for the other commands.
    let list = workbook.run(&["list"]).stdout;
    assert!(list.contains("2 checks fail") && list.contains("does not compile"), "{list}");
}

#[test]
fn exit_0_means_that_all_pass() {
    let workbook = workbook();
    let output = run(&workbook, &["check", "solutions"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    let all = workbook.book().exercises().len();
    let words = format!("\n\n{0} of {0} points, {all} of {all} exercises done\n", 100 * all);
    assert!(output.stdout.ends_with(&words), "{}", output.stdout);
}

#[test]
fn all_in_json_are_a_list_of_verdicts() {
    let workbook = workbook();
    workbook.write("// mine");
    let output = run(&workbook, &["check", "--format", "json"]);
    assert_eq!(output.code, Some(1));
    let verdicts: Vec<Verdict> = serde_json::from_str(&output.stdout).expect("a list");
    assert_eq!(verdicts.len(), workbook.book().exercises().len());
    for verdict in verdicts {
        let expected = match verdict.exercise.as_str() {
            "exercise-4" => (Status::Passed, 100, 100),
            _ => (Status::NotStarted, 0, 100),
        };
        assert_eq!((verdict.status, verdict.points, verdict.max_points), expected);
    }
}

#[test]
fn a_fault_is_reported_and_the_others_are_judged() {
    let workbook = workbook();
    workbook.write("// mine");
    let output = workbook.run(&["check"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stdout.contains("could not be judged"), "{}", output.stdout);
    assert!(output.stderr.starts_with("exercise-4: cargo cannot be run: "), "{}", output.stderr);
    // That is not a verdict.
    assert!(workbook.run(&["list"]).stdout.contains("not checked yet"));
}

#[test]
fn a_failure_names_the_section_to_read_and_where_it_is_shown() {
    let workbook = workbook();
    workbook.write("// fails no_wakeup_is_lost");
    let pages = workbook.root().join("guide/src");
    let check = workbook.book().exercises()[3].check("no_wakeup_is_lost").expect("there is one");
    let (page, anchor) = check.guide.split_once('#').expect("a page and an anchor");
    let markdown = format!("# A page\n\n## The `wake-up` that is *lost* {{#{anchor}}}\n");
    fs::create_dir_all(&pages).expect("it can be made");
    fs::write(pages.join(page).with_extension("md"), markdown).expect("it can be written");
    let file = format!("to read: guide/src/{page}.md, \"The wake-up that is lost\"\n");

    let without_server = run(&workbook, &["check", "4"]).stdout;
    assert!(without_server.contains(&file), "{without_server}");
    assert!(!without_server.contains("http://"), "{without_server}");

    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it listens").to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("it is asked");
        let page = format!("<html><head><title>Tasks - {}</title></head></html>", guide::TITLE);
        write!(stream, "HTTP/1.0 200 OK\r\n\r\n{page}").expect("it is read");
    });
    let mut command = command(&workbook, &["check", "4"]);
    let output = workbook.output({
        command.env(guide::ADDRESS, &address);
        command
    });
    server.join().expect("it was asked");
    let link = format!("{file}           http://{address}/{page}.html#{anchor}\n");
    assert!(output.stdout.contains(&link), "{}", output.stdout);

    let json = run(&workbook, &["check", "4", "--format", "json"]).stdout;
    assert!(json.contains(&format!("\"guide\": \"{}\"", check.guide)), "{json}");
}

#[test]
fn a_verdict_by_some_checks_is_not_kept() {
    let workbook = workbook();
    workbook.write("// mine");
    assert_eq!(run(&workbook, &["check", "4", "no_wakeup_is_lost"]).code, Some(0));
    assert!(workbook.run(&["list"]).stdout.contains("not checked yet"));
    assert_eq!(run(&workbook, &["check", "4"]).code, Some(0));
    assert!(workbook.run(&["list"]).stdout.contains("done"));
}

#[test]
fn hint_and_compare_judge_an_answer_first() {
    let workbook = workbook();
    workbook.write("// fails no_wakeup_is_lost");
    let output = run(&workbook, &["hint", "4"]);
    assert_eq!(output.stderr, "exercise-4 is not checked yet: checking it first\n");
    assert!(output.stdout.starts_with("no wake-up is lost\n"), "{}", output.stdout);
    workbook.write("// mine");
    let output = run(&workbook, &["compare", "4"]);
    assert_eq!(output.stderr, "exercise-4 has changed since it was checked: checking it first\n");
    assert!(output.stdout.starts_with("solutions/"), "{}", output.stdout);
}

#[test]
fn ctrl_c_ends_a_build_or_a_check_and_leaves_nothing() {
    for (text, processes) in [("// never builds", 1), ("// never ends", 2)] {
        for arguments in [&["check", "4"][..], &["check"]] {
            let workbook = workbook();
            workbook.write(text);
            let check = Running::start(&workbook, arguments);
            let runs = runs(&workbook, processes.min(processors()));
            let (code, stdout, stderr) = check.interrupt();
            assert_eq!((code, stdout, stderr.as_str()), (Some(130), vec![], ""), "{text}");
            runs.iter().for_each(|process| is_ended(process));
            assert!(workbook.run(&["list"]).stdout.contains("not checked yet"));
            let left = fs::read_dir(workbook.temporary()).expect("it is there").count();
            assert_eq!(left, 0, "files are left in the temporary folder");
        }
    }
}

#[test]
fn after_three_hangs_in_a_row_the_rest_is_not_run() {
    use CheckStatus::{NotRun, Passed, Timeout};

    let workbook = workbook();
    let statuses = |text: &str| {
        workbook.write(text);
        let output = run(&workbook, &["check", "4", "--format", "json"]);
        let verdict: Verdict = serde_json::from_str(&output.stdout).expect("a verdict");
        verdict.checks.iter().map(|check| check.status).collect::<Vec<_>>()
    };
    let hangs = "hangs waiters_are_served_in_order, hangs a_dropped_wait_leaves_the_queue";
    let three = format!("// {hangs}, hangs a_signal_ends_the_wait");
    assert_eq!(statuses(&three), [Passed, Timeout, Timeout, Timeout, NotRun, NotRun]);
    let output = run(&workbook, &["check", "4"]);
    insta::assert_snapshot!(output.stdout);

    let not_in_a_row = format!("// {hangs}, hangs no_wakeup_is_lost");
    assert_eq!(statuses(&not_in_a_row), [Passed, Timeout, Timeout, Passed, Timeout, Passed]);
}

#[test]
fn passed_checks_are_counted_and_listed_on_request() {
    let workbook = workbook();
    workbook.write("// fails no_wakeup_is_lost");
    let short = run(&workbook, &["check", "4"]).stdout;
    assert!(short.contains("✓ 5 checks pass") && !short.contains("permits are counted"), "{short}");
    let all = run(&workbook, &["check", "4", "--all"]).stdout;
    assert!(all.contains("✓ permits are counted") && !all.contains("5 checks pass"), "{all}");
}

#[test]
fn a_passing_answer_says_what_comes_next() {
    let workbook = workbook();
    workbook.write("// mine");
    let output = run(&workbook, &["check", "4"]);
    assert_eq!(output.code, Some(0));
    let words = "100 of 100 points, 6 of 6 checks passed\n\n\
                 the solution beside yours: just compare exercise-4\n\
                 the next exercise:         just watch exercise-1\n";
    assert!(output.stdout.ends_with(words), "{}", output.stdout);
}

#[test]
fn a_closed_pipe_ends_the_output_quietly() {
    let workbook = workbook();
    workbook.write("// mine");
    for arguments in
        [&["check", "4", "--format", "json"][..], &["check"], &["list"], &["hint", "1"]]
    {
        let mut command = command(&workbook, arguments);
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(process.stdout.take());
        let output = process.wait_with_output().expect("it ends");
        assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

fn processors() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

#[test]
fn watch_checks_at_every_save_and_a_newer_save_ends_an_older_run() {
    let workbook = workbook();
    workbook.write("// never builds");
    let watch = Running::start(&workbook, &["watch", "exercise-4"]);
    runs(&workbook, 1);
    save_by_renaming(&workbook, "// never ends");
    let older = runs(&workbook, 2);
    is_ended(&older[0]);
    workbook.write("// fails no_wakeup_is_lost");
    watch.says("✗ no wake-up is lost");
    watch.says("watching exercises/4-semaphore/src/semaphore.rs; Ctrl-C ends it");
    older.iter().for_each(|process| is_ended(process));
    save_by_renaming(&workbook, "// does not compile");
    watch.says("error: no");
    watch.says("watching");
    workbook.write("// mine");
    watch.says("the solution beside yours: just compare exercise-4");
    watch.says("watching");
    let known = runs(&workbook, 2).len();
    workbook.write("// never builds");
    let last = runs(&workbook, known + 1);
    let (code, stdout, stderr) = watch.interrupt();
    assert_eq!((code, stdout, stderr.as_str()), (Some(130), vec![], ""));
    last.iter().for_each(|process| is_ended(process));
    assert!(workbook.beside().is_empty());
}

#[test]
fn the_verdict_on_an_exercise_says_how_far_its_optional_part_is() {
    let workbook = workbook();
    let book = workbook.book();
    let last = |answer: &str| {
        let exercise = book.find("3").expect("it is there");
        fs::write(exercise.path(), answer).expect("it can be written");
        let output = run(&workbook, &["check", "exercise-3"]);
        let line = output.stdout.lines().find(|line| line.starts_with("optional"));
        (output.code, line.unwrap_or_default().to_owned())
    };
    let says = |status: &str| {
        format!("optional, without points: streaming, {status}  (just check exercise-3-streaming)")
    };
    // It takes nothing from an answer that passes, and is told with one that fails.
    assert_eq!(last("// mine"), (Some(0), says("not done")));
    assert_eq!(last("// fails no_wakeup_is_lost"), (Some(1), says("not done")));
    let part = book.find("streaming").expect("it is there");
    fs::write(part.path(), "// mine, too").expect("it can be written");
    assert_eq!(last("// mine"), (Some(0), says("not checked yet")));
    workbook.judge_of(&part.exercise);
    assert_eq!(last("// mine"), (Some(0), says("done")));
    let output = run(&workbook, &["check", "exercise-1"]);
    assert!(!output.stdout.contains("optional"), "{}", output.stdout);
}
