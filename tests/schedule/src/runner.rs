//! Runs a check in a process of its own, and believes nothing but its record.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use crate::process::{Ended, Limits, Printed};
use crate::request::CHECK_VARIABLE;
use crate::{Cause, Outcome, Record, Request, Schedule, Search, Status, draw, process};

/// A process that its own watchdog did not end is ended after this long.
pub const LAST_RESORT: Duration = Duration::from_secs(300);
/// How many bytes an answer may print. More than that ends the check.
const MAX_OUTPUT: usize = 1 << 20;
/// How many bytes of what it prints are kept, of each stream.
const KEPT_OUTPUT: usize = 16 << 10;
/// How many bytes of a record are read. A schedule is some dozens of KiB.
const MAX_RECORD: u64 = 16 << 20;
/// A sequence that hangs is made shorter at most this many times.
const MAX_SHORTER: usize = 40;
/// The width of a drawing in the output of `cargo test`.
const WIDTH: usize = 100;

/// What shuttle prints on standard error before it reports a deadlock.
const DEADLOCK_NOTICE: &str = "Test deadlocked, and SHUTTLE_CAPTURE_BACKTRACE";

/// What came of a check.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// The beginning of what the answer printed.
    pub printed: String,
    /// How long it took.
    pub took: Duration,
}

/// Starts the process of a check. The path of a test binary is one: it is started as it is.
pub trait Launcher: Sync {
    /// The command that starts the test binary. The process may write to `record`, an empty file.
    ///
    /// # Errors
    ///
    /// If the process cannot be started.
    fn command(&self, record: &Path) -> io::Result<Command>;

    /// The folder for the records.
    fn records(&self) -> PathBuf {
        std::env::temp_dir()
    }

    /// A process that is still there after this long is ended.
    fn wall_limit(&self) -> Duration {
        LAST_RESORT
    }

    /// Ends a process that does not end by itself, and all that it has started.
    ///
    /// # Errors
    ///
    /// If that fails.
    fn end(&self, child: &mut Child, _stdin: ChildStdin) -> io::Result<()> {
        child.kill()?;
        child.wait().map(drop)
    }

    /// How the test binary ended, from how the process did. Takes what the launcher itself has
    /// printed out of `stderr`.
    ///
    /// # Errors
    ///
    /// If the process never ran the check, or something outside has ended it.
    fn ended(&self, status: ExitStatus, _stderr: &mut String) -> io::Result<End> {
        Ok(End::Itself(status))
    }
}

/// How a test binary ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Without help.
    Itself(ExitStatus),
    /// At a limit. In words, this is what it used: "more than 2 GiB of memory".
    AtLimit(String),
}

impl<P: AsRef<Path> + Sync> Launcher for P {
    fn command(&self, _record: &Path) -> io::Result<Command> {
        Ok(Command::new(self.as_ref()))
    }
}

/// Runs one check of a test binary, by its full name there. If an interleaving fails, runs the
/// check a second time to record that interleaving.
///
/// # Errors
///
/// If the check could not be run at all. That is never the answer's fault.
pub fn run(launcher: &dyn Launcher, test: &str) -> io::Result<Report> {
    let report = run_unless(&AtomicBool::new(false), launcher, test)?;
    Ok(report.expect("nothing stops it"))
}

/// As [`run`], but ends the check and returns `None` once `stop` is set.
///
/// # Errors
///
/// As [`run`].
pub fn run_unless(
    stop: &AtomicBool,
    launcher: &dyn Launcher,
    test: &str,
) -> io::Result<Option<Report>> {
    let start = Instant::now();
    let report = run_search(launcher, test, Search::All, stop)?;
    let Some(mut report) = report else { return Ok(None) };
    if let Some(interleaving) = report.outcome.interleaving {
        let search = Search::Record(interleaving);
        let Some(recorded) = run_process(launcher, test, search, stop)? else { return Ok(None) };
        if recorded.outcome.status == Status::Failed {
            report.outcome = recorded.outcome;
        }
    }
    report.took = start.elapsed();
    Ok(Some(report))
}

/// What a check does when libtest calls it: runs the check in another process of the same
/// binary, and reports the verdict as libtest expects it.
///
/// # Panics
///
/// If the check did not pass, after printing why; and if it could not be run.
pub fn run_as_test(test: &str) {
    let binary = std::env::current_exe().expect("the running test binary has a path");
    let report = run(&binary, test).expect("the running test binary can be started again");
    let outcome = report.outcome;
    if outcome.status == Status::Passed {
        return;
    }
    if !report.printed.is_empty() {
        eprintln!("the code printed:\n{}\n", report.printed);
    }
    if let Some(schedule) = &outcome.schedule {
        print_drawing(&schedule.scenario, draw::to_terminal(schedule, WIDTH));
    }
    if let Some(story) = &outcome.story {
        print_drawing(&story.setting, draw::story_to_terminal(story, WIDTH));
    }
    eprintln!("{}", outcome.message.unwrap_or_default());
    // All is said: a panic message and a backtrace would add nothing.
    std::panic::resume_unwind(Box::new(()));
}

fn print_drawing(caption: &str, drawing: String) {
    // libtest prints what its tests printed on standard output, later.
    let drawing = match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => strip_str(&drawing).to_string(),
        _ => drawing,
    };
    eprintln!("{caption}\n{drawing}");
}

/// Runs one check in one process. An explored check does what `search` says.
///
/// # Errors
///
/// As [`run`].
pub fn run_once(launcher: &dyn Launcher, test: &str, search: Search) -> io::Result<Report> {
    let report = run_search(launcher, test, search, &AtomicBool::new(false))?;
    Ok(report.expect("nothing stops it"))
}

/// Runs one check. If a sequence hangs, runs the check again to look for a shorter one: each process
/// ends with a sequence that hangs, and the next one goes on from there. The last process has tried
/// all, and runs the shortest sequence once more, with the limits of any other.
fn run_search(
    launcher: &dyn Launcher,
    test: &str,
    search: Search,
    stop: &AtomicBool,
) -> io::Result<Option<Report>> {
    let Some(first) = run_process(launcher, test, search, stop)? else { return Ok(None) };
    let mut shortening = first.outcome.shortening.clone();
    let mut shortest = None;
    for left in (0..=MAX_SHORTER).rev() {
        let Some(mut next) = shortening else { break };
        if left == 0 {
            next.stop();
        }
        let search = Search::Shorten(next);
        let Some(report) = run_process(launcher, test, search, stop)? else { return Ok(None) };
        shortening = report.outcome.shortening.clone();
        shortest = Some(report);
    }
    // The sequence as it was found does hang, whatever became of the shorter ones.
    let shortest = shortest.filter(|report| report.outcome.story.is_some());
    Ok(Some(shortest.unwrap_or(first)))
}

fn run_process(
    launcher: &dyn Launcher,
    test: &str,
    search: Search,
    stop: &AtomicBool,
) -> io::Result<Option<Report>> {
    let start = Instant::now();
    let nonce = random();
    let record = RecordFile::new(launcher.records())?;
    let request = Request { nonce: nonce.clone(), record: record.path.clone(), search };

    let mut child = launcher
        .command(&record.path)?
        .args(["--exact", test, "--include-ignored", "--quiet", "--nocapture", "--test-threads=1"])
        .env(CHECK_VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it was asked for");
    // A process that has ended already cannot read this; its record will be missing.
    let _ = writeln!(stdin, "{}", serde_json::to_string(&request)?);
    let limits =
        Limits { wall: launcher.wall_limit(), output: MAX_OUTPUT, kept_output: KEPT_OUTPUT };
    let end = |child: &mut Child| launcher.end(child, stdin);
    let (ended, mut printed) = process::watch(&mut child, limits, stop, end)?;
    let status = if let Ended::Itself(status) = ended { status } else { ExitStatus::default() };
    let end = launcher.ended(status, &mut printed.stderr);

    let mut outcome = match (ended, record.read()) {
        (Ended::Stopped, _) => return Ok(None),
        (Ended::Printing, _) => Outcome::new(
            Status::Failed,
            format!("the code prints too much: more than {} KiB in one check", MAX_OUTPUT >> 10),
        )
        .because(Cause::Prints),
        (_, Some(record)) if record.nonce == nonce => record.outcome,
        (Ended::Late, _) => {
            let limit = launcher.wall_limit().as_secs();
            Outcome::new(Status::Timeout, format!("the check did not end within {limit} s"))
        }
        (Ended::Itself(_), _) => match end? {
            End::AtLimit(used) => {
                Outcome::new(Status::Failed, format!("the code used {used}")).because(Cause::Limit)
            }
            End::Itself(status) => {
                Outcome::new(Status::Failed, without_a_record(status)).because(Cause::Crashed)
            }
        },
    };
    outcome.message = outcome.message.as_deref().map(as_the_learner_knows);
    let printed = as_the_learner_knows(&in_all(&printed));
    Ok(Some(Report { outcome, printed, took: start.elapsed() }))
}

/// The records that may exist now.
static RECORD_FILES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes what running checks have left in the temporary folder, and keeps this process from
/// starting further checks. To be called just before the process exits in the middle of a check,
/// after an interrupt for example.
pub fn abandon_checks() {
    let files = RECORD_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    for file in &*files {
        // There is nobody left to tell.
        let _ = fs::remove_file(file);
    }
    // The lock is kept: a thread that is about to start a check waits for it until the exit.
    mem::forget(files);
}

/// The file that a check's process writes its record to. It exists until this is dropped.
struct RecordFile {
    path: PathBuf,
    /// The file itself: whatever the process puts in its place is never read.
    file: File,
}

impl RecordFile {
    fn new(folder: PathBuf) -> io::Result<Self> {
        let path = folder.join(format!("interleave-{}.json", random()));
        let mut files = RECORD_FILES.lock().unwrap_or_else(PoisonError::into_inner);
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        files.insert(path.clone());
        Ok(Self { path, file })
    }

    /// The record, unless it cannot be one that a check has written: what comes after this, such
    /// as the drawings, relies on it.
    fn read(&self) -> Option<Record> {
        let mut text = Vec::new();
        (&self.file).take(MAX_RECORD).read_to_end(&mut text).ok()?;
        let record: Record = serde_json::from_slice(&text).ok()?;
        let schedule = record.outcome.schedule.as_ref();
        schedule.is_none_or(Schedule::is_sound).then_some(record)
    }
}

impl Drop for RecordFile {
    fn drop(&mut self) {
        // A process that was not in a jail may have removed it.
        let _ = fs::remove_file(&self.path);
        RECORD_FILES.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

/// What was printed, without what libtest and shuttle print themselves.
fn in_all(printed: &Printed) -> String {
    let stdout = printed.stdout.strip_prefix("\nrunning 1 test\n").unwrap_or(&printed.stdout);
    let stderr = printed.stderr.lines().filter(|line| !line.starts_with(DEADLOCK_NOTICE));
    let stderr = stderr.collect::<Vec<_>>().join("\n");
    [stdout.trim_end(), stderr.trim_end()].join("\n").trim().to_owned()
}

/// A text in which the answer's file has the path that the learner knows. The second mount of
/// the file was compiled as `exercises/4-semaphore/tests/../src/semaphore.rs`, which is what
/// `dbg!` and `file!` say.
pub fn as_the_learner_knows(text: &str) -> String {
    text.replace("/tests/../src/", "/src/").replace("\\tests\\../src/", "\\src\\")
}

fn without_a_record(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!(
            "the code ended the whole process (exit code {code}) in the middle of the check"
        ),
        None => format!("the code crashed the whole process ({status})"),
    }
}

/// A text that an answer cannot guess.
fn random() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Found, Operation, Source, Step};

    #[test]
    fn a_record_about_threads_that_are_not_there_is_none() {
        let schedule = |thread| Schedule {
            scenario: String::new(),
            threads: vec!["main".to_owned()],
            steps: vec![Step::new(thread, Operation::Lock)],
            outcome: String::new(),
            notes: Vec::new(),
            found: Found::Seeded { seed: 1 },
            source: Source::default(),
        };
        for (thread, is_read) in [(0, true), (1, false), (usize::MAX, false)] {
            let outcome = Outcome { schedule: Some(schedule(thread)), ..Outcome::passed() };
            let record = Record { nonce: "nonce".to_owned(), outcome };
            let file = RecordFile::new(std::env::temp_dir()).expect("a file");
            fs::write(&file.path, serde_json::to_vec(&record).expect("JSON")).expect("written");
            assert_eq!(file.read().is_some(), is_read, "thread {thread}");
        }
    }

    #[test]
    fn the_second_mount_has_the_path_of_the_file() {
        let text = "[exercises/4-semaphore/tests/../src/semaphore.rs:7:9] free = 1";
        let known = "[exercises/4-semaphore/src/semaphore.rs:7:9] free = 1";
        assert_eq!(as_the_learner_knows(text), known);
        let check = "tests/../../../tests/4-semaphore/checks/race.rs";
        assert_eq!(as_the_learner_knows(check), check);
    }
}
