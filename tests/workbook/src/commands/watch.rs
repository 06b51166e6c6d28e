//! Checks an answer whenever it is saved.
//!
//! Each run is a process of its own, in one process group with all that it starts. So a newer
//! save can end the whole run, in the middle of a build or of a check.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use notify_debouncer_mini::notify::RecursiveMode;
use notify_debouncer_mini::{DebounceEventResult, new_debouncer};
use process_wrap::std::{ChildWrapper, CommandWrap};
use tempfile::TempDir;

use crate::answer::AnswerSource;
use crate::interrupt::{self, INTERRUPTED};
use crate::terminal::{self, BOLD, DIM};
use crate::{Fault, Workbook};

/// A save is often several events. It is complete when there was none for this long.
const SETTLED: Duration = Duration::from_millis(100);
/// How often to see whether a run has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(30);

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
        // Without a receiver, the command is already ending.
        let _ = interrupted.send(Event::Interrupted);
    })?;

    // Many editors save by replacing the file, so this watches its folder.
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
            Some(_) => events.recv_timeout(POLL_INTERVAL),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(Event::Saved) => match Version::of(&path) {
                // A read is an event too. A file that is missing is being replaced.
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
                let ended = running.as_mut().map_or(Ok(false), Run::has_ended)?;
                if ended {
                    running = None;
                    terminal::print(&format!(
                        "\n{BOLD}watching{BOLD:#} {}{DIM}; Ctrl-C ends it{DIM:#}\n",
                        answer.file.display()
                    ))?;
                }
            }
            Ok(Event::Interrupted) | Err(RecvTimeoutError::Disconnected) => {
                running.map_or(Ok(()), Run::end)?;
                return Ok(ExitCode::from(INTERRUPTED));
            }
        }
    }
}

/// What differs from one save to the next.
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

/// A running `workbook check`.
struct Run {
    process: Box<dyn ChildWrapper>,
    /// Its folder for temporary files, so that none is left if it is ended.
    _scratch: TempDir,
}

impl Run {
    fn start(answer: &AnswerSource) -> Result<Self, Fault> {
        let terminal = console::Term::stdout();
        if terminal.is_term() {
            // A terminal that cannot be cleared only has more on it.
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

    fn has_ended(&mut self) -> Result<bool, Fault> {
        Ok(self.process.try_wait().map_err(Fault::of("the check"))?.is_some())
    }

    /// Ends it and all that it has started.
    fn end(mut self) -> Result<(), Fault> {
        match self.has_ended()? {
            true => Ok(()),
            false => self.process.kill().map_err(Fault::of("the check cannot be ended")),
        }
    }
}
