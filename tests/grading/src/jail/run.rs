//! Runs programs in a jail to their end.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use schedule::process::{self, Ended};
use schedule::runner::{End, Launcher};
use wait_timeout::ChildExt;
use workbook::Fault;

use super::room::Room;
use super::{Input, Jail};

/// How long the jail may take to end a program, after which its process is killed.
const TIME_TO_END: Duration = Duration::from_secs(5);

/// A program that was run to its end.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub end: End,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

impl Jail {
    /// Runs a program in a room, and returns how it ended and the beginning of what it printed.
    /// Nothing of it is left running.
    ///
    /// # Errors
    ///
    /// If the program was never started, or something outside of the jail has ended it.
    pub fn run(
        &self,
        program: &Path,
        arguments: &[OsString],
        room: &Room,
        limits: process::Limits,
    ) -> Result<Finished, Fault> {
        let fault = || Fault::of::<io::Error>(program.display());
        let mut command = self.command_with(Input::Empty, program, room)?;
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Fault::of("the jail cannot be started"))?;
        let stdin = child.stdin.take().expect("it was asked for");
        let watched =
            process::watch(&mut child, limits, &AtomicBool::new(false), |child| end(child, stdin));
        let (ended, mut printed) = watched.map_err(fault())?;
        let status = if let Ended::Itself(status) = ended { status } else { ExitStatus::default() };
        let end = self.explain(room, status, &mut printed.stderr)?;
        let end = match ended {
            Ended::Itself(_) => end,
            Ended::Late => End::AtLimit(format!("more than {} s of time", limits.wall.as_secs())),
            Ended::Printing => {
                End::AtLimit(format!("more than {} KiB of output", limits.output >> 10))
            }
            Ended::Stopped => unreachable!("nothing stops it"),
        };
        Ok(Finished { end, stdout: printed.stdout, stderr: printed.stderr })
    }

    #[cfg(target_os = "linux")]
    fn explain(&self, room: &Room, status: ExitStatus, stderr: &mut String) -> Result<End, Fault> {
        super::ended::explain(&self.kind, &room.limits, status, stderr)
    }

    #[cfg(not(target_os = "linux"))]
    fn explain(&self, _: &Room, status: ExitStatus, _: &mut String) -> Result<End, Fault> {
        Ok(End::Itself(status))
    }
}

/// Ends a jail and all that runs in it.
fn end(child: &mut Child, stdin: ChildStdin) -> io::Result<()> {
    drop(stdin);
    if child.wait_timeout(TIME_TO_END)?.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

/// Runs the checks of a test binary, each in a jail of its own.
#[derive(Debug)]
pub struct Check<'a> {
    /// The jail.
    pub jail: &'a Jail,
    /// The test binary.
    pub binary: PathBuf,
    /// What the check has, besides the binary and the file for its record.
    pub room: Room,
    /// The folder for the records.
    pub records: PathBuf,
    /// A check that is still there after this long is ended.
    pub wall_limit: Duration,
}

impl Launcher for Check<'_> {
    fn command(&self, record: &Path) -> io::Result<Command> {
        let mut room = self.room.clone();
        room.writable.push(record.to_owned());
        self.jail.command(&self.binary, &room).map_err(io::Error::other)
    }

    fn records(&self) -> PathBuf {
        self.records.clone()
    }

    fn wall_limit(&self) -> Duration {
        self.wall_limit
    }

    fn end(&self, child: &mut Child, stdin: ChildStdin) -> io::Result<()> {
        end(child, stdin)
    }

    fn ended(&self, status: ExitStatus, stderr: &mut String) -> io::Result<End> {
        self.jail.explain(&self.room, status, stderr).map_err(io::Error::other)
    }
}
