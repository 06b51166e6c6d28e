//! Runs a check in a process of its own, and believes nothing but its record.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use wait_timeout::ChildExt;

use crate::request::CHECK_VARIABLE;
use crate::{Cause, Outcome, Record, Request, Search, Status, draw};

/// A process that its own watchdog did not end is ended after this long.
const LAST_RESORT: Duration = Duration::from_secs(300);
/// How many bytes an answer may print. More than that ends the check.
const MAX_OUTPUT: usize = 1 << 20;
/// How many bytes of what it prints are kept, of each stream.
const KEPT_OUTPUT: usize = 16 << 10;
/// How often a running process is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long to go on reading after the process has ended, if something still has its pipes.
const DRAIN: Duration = Duration::from_secs(1);
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

/// Runs one check of a test binary, by its full name there. If an interleaving fails, runs the
/// check a second time to record that interleaving.
///
/// # Errors
///
/// If the check could not be run at all. That is never the answer's fault.
pub fn run(binary: &Path, test: &str) -> io::Result<Report> {
    let report = run_unless(&AtomicBool::new(false), binary, test)?;
    Ok(report.expect("nothing stops it"))
}

/// As [`run`], but ends the check and returns `None` once `stop` is set.
///
/// # Errors
///
/// As [`run`].
pub fn run_unless(stop: &AtomicBool, binary: &Path, test: &str) -> io::Result<Option<Report>> {
    let start = Instant::now();
    let Some(mut report) = run_process(binary, test, Search::All, stop)? else { return Ok(None) };
    if let Some(interleaving) = report.outcome.interleaving {
        let search = Search::Record(interleaving);
        let Some(recorded) = run_process(binary, test, search, stop)? else { return Ok(None) };
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
pub fn run_once(binary: &Path, test: &str, search: Search) -> io::Result<Report> {
    let report = run_process(binary, test, search, &AtomicBool::new(false))?;
    Ok(report.expect("nothing stops it"))
}

fn run_process(
    binary: &Path,
    test: &str,
    search: Search,
    stop: &AtomicBool,
) -> io::Result<Option<Report>> {
    let start = Instant::now();
    let nonce = random();
    let file = RecordFile::new();
    let request = Request { nonce: nonce.clone(), record: file.0.clone(), search };

    let mut child = Command::new(binary)
        .args(["--exact", test, "--include-ignored", "--quiet", "--nocapture", "--test-threads=1"])
        .env(CHECK_VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it was asked for");
    // A process that has ended already cannot read this; its record will be missing.
    let _ = writeln!(stdin, "{}", serde_json::to_string(&request)?);
    let (ended, printed) = watch(&mut child, stop)?;

    let mut outcome = match (ended, file.read()) {
        (Ended::Stopped, _) => return Ok(None),
        (Ended::Printing, _) => Outcome::new(
            Status::Failed,
            format!("the code prints too much: more than {} KiB in one check", MAX_OUTPUT >> 10),
        )
        .because(Cause::Prints),
        (_, Some(record)) if record.nonce == nonce => record.outcome,
        (Ended::Late, _) => {
            let limit = LAST_RESORT.as_secs();
            Outcome::new(Status::Timeout, format!("the check did not end within {limit} s"))
        }
        (Ended::Itself(status), _) => {
            Outcome::new(Status::Failed, without_a_record(status)).because(Cause::Crashed)
        }
    };
    outcome.message = outcome.message.as_deref().map(as_the_learner_knows);
    let printed = as_the_learner_knows(&printed);
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
        // Most of them do not exist yet.
        let _ = fs::remove_file(file);
    }
    // The lock is kept: a thread that is about to start a check waits for it until the exit.
    mem::forget(files);
}

/// The file that a check's process writes its record to. It exists from the end of that process
/// until this is dropped.
struct RecordFile(PathBuf);

impl RecordFile {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("interleave-{}.json", random()));
        RECORD_FILES.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        Self(path)
    }

    fn read(&self) -> Option<Record> {
        serde_json::from_slice(&fs::read(&self.0).ok()?).ok()
    }
}

impl Drop for RecordFile {
    fn drop(&mut self) {
        // A process that ended without a record has written none.
        let _ = fs::remove_file(&self.0);
        RECORD_FILES.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// How a process ended.
enum Ended {
    Itself(ExitStatus),
    Late,
    Printing,
    Stopped,
}

/// Reads what the process prints, so that it never waits for us, until it ends.
fn watch(child: &mut Child, stop: &AtomicBool) -> io::Result<(Ended, String)> {
    let (pieces, printed) = mpsc::channel();
    let streams: [Box<dyn Read + Send>; 2] = [
        Box::new(child.stdout.take().expect("it was asked for")),
        Box::new(child.stderr.take().expect("it was asked for")),
    ];
    for (from, mut stream) in streams.into_iter().enumerate() {
        let pieces = pieces.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8 << 10];
            // An error ends the stream just as its end does.
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                if pieces.send((from, buffer[..read].to_vec())).is_err() {
                    break;
                }
            }
        });
    }
    drop(pieces);

    let start = Instant::now();
    let mut output = Output::default();
    let ended = loop {
        output.take(&mut printed.try_iter());
        if output.total > MAX_OUTPUT {
            break Ended::Printing;
        }
        if let Some(status) = child.wait_timeout(POLL_INTERVAL)? {
            break Ended::Itself(status);
        }
        if start.elapsed() > LAST_RESORT {
            break Ended::Late;
        }
        if stop.load(Relaxed) {
            break Ended::Stopped;
        }
    };
    if !matches!(ended, Ended::Itself(_)) {
        child.kill()?;
        child.wait()?;
    }
    // Its pipes are closed now, unless it has left a process of its own behind. So there is a
    // limit to the time and to the length of what is still read.
    let end = Instant::now() + DRAIN;
    while output.total <= MAX_OUTPUT
        && Instant::now() < end
        && let Ok(piece) = printed.recv_timeout(POLL_INTERVAL)
    {
        output.take(&mut [piece].into_iter());
    }
    let ended = if output.total > MAX_OUTPUT { Ended::Printing } else { ended };
    Ok((ended, output.kept()))
}

#[derive(Default)]
struct Output {
    total: usize,
    streams: [Vec<u8>; 2],
}

impl Output {
    fn take(&mut self, pieces: &mut dyn Iterator<Item = (usize, Vec<u8>)>) {
        for (from, piece) in pieces {
            self.total += piece.len();
            let kept = &mut self.streams[from];
            kept.extend(piece.iter().take(KEPT_OUTPUT.saturating_sub(kept.len())));
            if self.total > MAX_OUTPUT {
                return;
            }
        }
    }

    /// What was printed, without what libtest and shuttle print themselves.
    fn kept(&self) -> String {
        let [stdout, stderr] = self.streams.each_ref().map(|text| String::from_utf8_lossy(text));
        let stdout = stdout.strip_prefix("\nrunning 1 test\n").unwrap_or(&stdout);
        let stderr = stderr.lines().filter(|line| !line.starts_with(DEADLOCK_NOTICE));
        let stderr = stderr.collect::<Vec<_>>().join("\n");
        [stdout.trim_end(), stderr.trim_end()].join("\n").trim().to_owned()
    }
}

/// A text in which the answer's file has the path that the learner knows. The second mount of
/// the file was compiled as `exercises/4-semaphore/tests/../src/semaphore.rs`, which is what
/// `dbg!` and `file!` say.
fn as_the_learner_knows(text: &str) -> String {
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

    #[test]
    fn the_second_mount_has_the_path_of_the_file() {
        let text = "[exercises/4-semaphore/tests/../src/semaphore.rs:7:9] free = 1";
        let known = "[exercises/4-semaphore/src/semaphore.rs:7:9] free = 1";
        assert_eq!(as_the_learner_knows(text), known);
        let check = "tests/../../../tests/4-semaphore/checks/race.rs";
        assert_eq!(as_the_learner_knows(check), check);
    }
}
