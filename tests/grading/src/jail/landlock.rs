//! Rules of the kernel on files, signals and sockets, for a process and all that it starts.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use landlock::{
    ABI, Access, AccessFs, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::process::{Signal, getpid, kill_process};

use super::room::Room;
use super::supervisor;

/// What any dynamically linked program reads.
pub(super) const LIBRARIES: [&str; 9] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/etc/ld.so.cache",
];
/// The newest rules that are known here. An older kernel applies what it knows.
const NEWEST: ABI = ABI::V7;

/// The arguments of `grade` that run a program under rules.
pub(super) fn arguments(program: &Path, room: &Room) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["jail".into(), "landlock".into()];
    let readable = room.readable.iter().map(|path| ("--readable", path.as_path()));
    let writable = room.writable.iter().map(|path| ("--writable", path.as_path()));
    for (option, path) in readable.chain([("--readable", program)]).chain(writable) {
        arguments.extend([option.into(), path.into()]);
    }
    arguments.push("--".into());
    arguments
}

/// What the program may do.
#[derive(Debug, clap::Args)]
pub struct Rules {
    #[arg(long)]
    readable: Vec<PathBuf>,
    #[arg(long)]
    writable: Vec<PathBuf>,
    #[arg(last = true, required = true)]
    program: Vec<OsString>,
}

impl Rules {
    /// Becomes the program, under the rules.
    pub(super) fn enter(self) -> ExitCode {
        if let Err(why) = self.apply().and_then(|()| supervisor::say_started()) {
            eprintln!("{why}");
            return supervisor::FAULT.into();
        }
        // After this, only a signal says for certain that it was not the program that failed.
        let error = Command::new(&self.program[0]).args(&self.program[1..]).exec();
        eprintln!("{}: {error}", self.program[0].display());
        let _ = kill_process(getpid(), Signal::KILL);
        supervisor::FAULT.into()
    }

    fn apply(&self) -> Result<(), String> {
        let read = AccessFs::from_read(NEWEST);
        let all = AccessFs::from_all(NEWEST);
        let device: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::WriteFile;
        // Only this process's folder in /proc: a program reads about itself, and about no other.
        let itself = fs::canonicalize("/proc/self").map_err(|error| format!("/proc: {error}"))?;
        let words = |error| format!("Landlock: {error}");
        let status = Ruleset::default()
            .handle_access(all)
            .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
            .and_then(|rules| rules.create())
            .and_then(|rules| rules.add_rules(path_beneath_rules(LIBRARIES, read)))
            .and_then(|rules| {
                rules.add_rules(path_beneath_rules([itself], AccessFs::from_read(NEWEST)))
            })
            .and_then(|rules| rules.add_rules(path_beneath_rules(["/dev/null"], device)))
            .and_then(|rules| {
                rules.add_rules(path_beneath_rules(["/dev/zero", "/dev/urandom"], read))
            })
            .and_then(|rules| rules.add_rules(path_beneath_rules(&self.readable, read)))
            .and_then(|rules| rules.add_rules(path_beneath_rules(&self.writable, all)))
            .and_then(|rules| rules.restrict_self())
            .map_err(words)?;
        if status.ruleset == RulesetStatus::NotEnforced {
            return Err("the kernel has no Landlock, or it is switched off".to_owned());
        }
        for path in self.writable.iter().chain([&PathBuf::from(&self.program[0])]) {
            File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}
