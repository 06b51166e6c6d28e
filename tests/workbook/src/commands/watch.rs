//! Checks an answer whenever it is saved.
//!
//! Each run is a process of its own, in a group with all that it starts: so a newer save
//! can end it as a whole, in the middle of a build or of a check.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use notify_debouncer_mini::notify::RecursiveMode;
use notify_debouncer_mini::{DebounceEventResult, new_debouncer};
use process_wrap::std::{ChildWrapper, CommandWrap};
use tempfile::TempDir;

use crate::answer::AnswerSource;
use crate::interrupt::{self, INTERRUPTED};
use crate::print::{BOLD, DIM, GOOD};
use crate::{Fault, Workbook};

/// A save is often several events; it is over when there was none for this long.
const SETTLED: Duration = Duration::from_millis(100);
/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(30);

enum Event {
    Saved,
    Interrupted,
}

/// Watches until it is interrupted.
///
/// # Errors
///
/// If there is no such exercise, or its folder cannot be watched.
pub fn run(workbook: &Workbook, name: &str) -> Result<ExitCode, Fault> {
    let answer = workbook.find(name)?;
    let path = answer.path();
    let (tell, events) = mpsc::channel();
    let interrupted = tell.clone();
    interrupt::then(move || {
        // Nobody listens: it is over already.
        let _ = interrupted.send(Event::Interrupted);
    })?;

    // The folder, since many an editor saves by putting another file in its place.
    let folder = path.parent().unwrap_or(&path);
    let file = path.file_name().map(OsStr::to_owned);
    let saved = move |events: DebounceEventResult| {
        let of_answer = |path: &Path| path.file_name() == file.as_deref();
        if events.is_ok_and(|events| events.iter().any(|event| of_answer(&event.path))) {
            let _ = tell.send(Event::Saved);
        }
    };
    let cannot = || Fault::of(format!("{} cannot be watched", folder.display()));
    let mut debouncer = new_debouncer(SETTLED, saved).map_err(cannot())?;
    debouncer.watcher().watch(folder, RecursiveMode::NonRecursive).map_err(cannot())?;

    let mut seen = Version::of(&path).ok_or_else(|| answer.missing())?;
    let mut running = Some(Run::start(&answer)?);
    loop {
        let event = match running {
            Some(_) => events.recv_timeout(LOOK),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(Event::Saved) => match Version::of(&path) {
                // Reading it is an event too. If it is not there, it is about to be.
                Some(now) if now != seen => {
                    seen = now;
                    if let Some(run) = running.take() {
                        run.end()?;
                    }
                    running = Some(Run::start(&answer)?);
                }
                _ => {}
            },
            Err(RecvTimeoutError::Timeout) => {
                let ended = running.as_mut().map_or(Ok(None), Run::ended)?;
                if let Some(status) = ended {
                    running = None;
                    say(&answer, status);
                }
            }
            Ok(Event::Interrupted) | Err(RecvTimeoutError::Disconnected) => {
                running.map_or(Ok(()), Run::end)?;
                return Ok(ExitCode::from(INTERRUPTED));
            }
        }
    }
}

fn say(answer: &AnswerSource, status: ExitStatus) {
    let (package, file) = (&answer.package, answer.file.display());
    if status.success() {
        anstream::println!("{GOOD}{package} is done.{GOOD:#} {DIM}just compare {package}{DIM:#}");
    }
    anstream::println!("\n{BOLD}watching{BOLD:#} {file}{DIM}; Ctrl-C ends it{DIM:#}");
}

/// What tells one save from another.
#[derive(PartialEq)]
struct Version {
    saved: Option<SystemTime>,
    text: Vec<u8>,
}

impl Version {
    fn of(path: &Path) -> Option<Self> {
        let text = fs::read(path).ok()?;
        let saved = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        Some(Self { saved, text })
    }
}

/// `workbook check`, as it runs.
struct Run {
    process: Box<dyn ChildWrapper>,
    /// Where it puts what it needs for a while, so that nothing is left if it is ended.
    _scratch: TempDir,
}

impl Run {
    fn start(answer: &AnswerSource) -> Result<Self, Fault> {
        let terminal = console::Term::stdout();
        if terminal.is_term() {
            // If it cannot be cleared, it is full.
            let _ = terminal.clear_screen();
        }
        let scratch = tempfile::tempdir().map_err(Fault::of("no temporary folder"))?;
        let workbook = std::env::current_exe().map_err(Fault::of("this program"))?;
        let mut check = Command::new(workbook);
        check.args(["check", &answer.package]).current_dir(&answer.workspace).stdin(Stdio::null());
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            check.env(variable, scratch.path());
        }
        let mut check = CommandWrap::from(check);
        #[cfg(unix)]
        check.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        check.wrap(process_wrap::std::JobObject);
        let process = check.spawn().map_err(Fault::of("the check cannot be run"))?;
        Ok(Self { process, _scratch: scratch })
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, Fault> {
        self.process.try_wait().map_err(Fault::of("the check"))
    }

    /// Ends it, and all that it has started.
    fn end(mut self) -> Result<(), Fault> {
        match self.ended()? {
            Some(_) => Ok(()),
            None => self.process.kill().map_err(Fault::of("the check cannot be ended")),
        }
    }
}
