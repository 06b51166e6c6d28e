//! Runs a check's process, and believes nothing but its record.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::record::{CHECK_VARIABLE, Outcome, Record, Request, Search, Status};

/// A process that does not even heed its own watchdog is ended after this long.
const LAST_RESORT: Duration = Duration::from_secs(300);
/// How much an answer may print. What comes after that ends the check.
const MOST_OUTPUT: usize = 1 << 20;
/// How much of what it prints is kept.
const KEPT_OUTPUT: usize = 16 << 10;
/// How often a running process is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How long to read on when the process has ended, and something still writes.
const DRAIN: Duration = Duration::from_secs(1);

/// What shuttle says on stderr before a deadlock comes to our ears.
const DEADLOCK_NOTICE: &str = "Test deadlocked, and SHUTTLE_CAPTURE_BACKTRACE";

/// What came of a check.
#[derive(Clone, Debug)]
pub struct Report {
    pub outcome: Outcome,
    /// The beginning of what the answer printed.
    pub printed: String,
    pub took: Duration,
}

/// Runs one check of a test binary, by its full name there, and once more to record the
/// interleaving that fails, if one does.
///
/// # Errors
///
/// Where the check could not be run at all: a fault of ours or the system's.
pub fn run(binary: &Path, test: &str) -> io::Result<Report> {
    let start = Instant::now();
    let mut report = run_once(binary, test, Search::All)?;
    if let Some(interleaving) = report.outcome.interleaving {
        let recorded = run_once(binary, test, Search::Record(interleaving))?;
        if recorded.outcome.status == Status::Failed {
            report.outcome = recorded.outcome;
        }
    }
    report.took = start.elapsed();
    Ok(report)
}

/// What a check does when libtest calls it: run its process, and tell the verdict.
pub(crate) fn run_as_test(test: &str) {
    let binary = std::env::current_exe().expect("a running test has a binary");
    let report = run(&binary, test).expect("a test's binary can be run again");
    let outcome = report.outcome;
    if outcome.status == Status::Passed {
        return;
    }
    if !report.printed.is_empty() {
        eprintln!("the code printed:\n{}\n", report.printed);
    }
    if let Some(schedule) = &outcome.schedule {
        eprintln!("{}\n{}", schedule.scenario, explorer::draw::to_terminal(schedule, 100));
    }
    eprintln!("{}", outcome.message.unwrap_or_default());
    // The verdict is told; a panic message and a backtrace would add nothing.
    std::panic::resume_unwind(Box::new(()));
}

/// Runs one check in one process, to do what `search` says if it is an explored one.
///
/// # Errors
///
/// As [`run`].
pub fn run_once(binary: &Path, test: &str, search: Search) -> io::Result<Report> {
    let start = Instant::now();
    let folder = tempfile::Builder::new().prefix("interleave-").tempdir()?;
    let nonce = nonce();
    let request = Request { nonce: nonce.clone(), record: folder.path().join("record"), search };

    let mut child = Command::new(binary)
        .args(["--exact", test, "--include-ignored", "--quiet", "--nocapture", "--test-threads=1"])
        .env(CHECK_VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it was asked for");
    // A process that ended already cannot read: its record will be missing.
    let _ = writeln!(stdin, "{}", serde_json::to_string(&request)?);
    let (ended, printed) = watch(&mut child)?;

    let record = std::fs::read(&request.record).ok();
    let record = record.and_then(|text| serde_json::from_slice::<Record>(&text).ok());
    let outcome = match (ended, record) {
        (Ended::Printing, _) => Outcome::new(
            Status::Failed,
            format!("the code prints without measure: more than {} KiB", MOST_OUTPUT >> 10),
        ),
        (_, Some(record)) if record.nonce == nonce => record.outcome,
        (Ended::Late, _) => Outcome::new(Status::Timeout, "it did not end"),
        (Ended::Itself(status), _) => Outcome::new(Status::Failed, without_a_record(status)),
    };
    Ok(Report { outcome, printed, took: start.elapsed() })
}

/// How a process came to its end.
enum Ended {
    Itself(ExitStatus),
    Late,
    Printing,
}

/// Reads what the process prints, so that it never waits for us, until it ends.
fn watch(child: &mut Child) -> io::Result<(Ended, String)> {
    let (pieces, printed) = mpsc::channel();
    let streams: [Box<dyn Read + Send>; 2] = [
        Box::new(child.stdout.take().expect("it was asked for")),
        Box::new(child.stderr.take().expect("it was asked for")),
    ];
    for (from, mut stream) in streams.into_iter().enumerate() {
        let pieces = pieces.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8 << 10];
            // Whatever ends the reading, there is no more to come.
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
        if output.total > MOST_OUTPUT {
            break Ended::Printing;
        }
        if let Some(status) = child.wait_timeout(LOOK)? {
            break Ended::Itself(status);
        }
        if start.elapsed() > LAST_RESORT {
            break Ended::Late;
        }
    };
    if !matches!(ended, Ended::Itself(_)) {
        child.kill()?;
        child.wait()?;
    }
    // Its pipes are closed now, unless it has left a process of its own behind: so the
    // wait for the rest has an end, and so has the rest.
    let end = Instant::now() + DRAIN;
    while output.total <= MOST_OUTPUT
        && Instant::now() < end
        && let Ok(piece) = printed.recv_timeout(LOOK)
    {
        output.take(&mut [piece].into_iter());
    }
    let ended = if output.total > MOST_OUTPUT { Ended::Printing } else { ended };
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
            if self.total > MOST_OUTPUT {
                return;
            }
        }
    }

    /// Without what libtest says before it calls the check, and shuttle of a deadlock.
    fn kept(&self) -> String {
        let [stdout, stderr] = self.streams.each_ref().map(|text| String::from_utf8_lossy(text));
        let stdout = stdout.strip_prefix("\nrunning 1 test\n").unwrap_or(&stdout);
        let stderr = stderr.lines().filter(|line| !line.starts_with(DEADLOCK_NOTICE));
        let stderr = stderr.collect::<Vec<_>>().join("\n");
        [stdout.trim_end(), stderr.trim_end()].join("\n").trim().to_owned()
    }
}

fn without_a_record(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => {
            format!(
                "the code ended the whole process (exit code {code}) in the middle of the check"
            )
        }
        None => format!("the code crashed the whole process ({status})"),
    }
}

/// Not to be guessed by an answer, which sees neither this process nor the request.
fn nonce() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
