//! Starts a program, watches what it and all its children use, and ends them together.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, process};

use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, WaitOptions, getpid, getrlimit, getuid,
    kill_process, set_child_subreaper, set_dumpable_behavior, setrlimit, setsid, waitpid,
};
use rustix::thread::set_no_new_privs;

use super::Input;
use super::processes::{self, Process};
use super::room::Limits;

/// The line on standard error after which all is the program's.
pub(super) const STARTED: &str = "grade: in the jail";

/// The exit codes that say why the program was ended. A program that itself ends with one of them
/// is given [`OTHER`].
pub(super) const OTHER: u8 = 119;
pub(super) const OVER_FILE_SIZE: u8 = 120;
pub(super) const OVER_MEMORY: u8 = 121;
pub(super) const OVER_PROCESSES: u8 = 122;
pub(super) const OVER_PROCESSOR_TIME: u8 = 123;
/// Something outside of the jail has killed it.
pub(super) const KILLED: u8 = 124;
/// The same of the supervisor, as bubblewrap says it.
pub(super) const SUPERVISOR_KILLED: u8 = 128 + 9;
/// It could not be started.
pub(super) const FAULT: u8 = 125;

/// How often the processes are looked at, at most.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// How many times longer than a look the time to the next one is, at least.
const REST: u32 = 20;
/// How much more of a limit the kernel grants to a single process: the looks at all of them come
/// first, and end with a message.
const SLACK: u64 = 2;
/// How many threads the supervisor starts.
const OWN_THREADS: u64 = 2;

/// A program and how much it may use.
#[derive(Debug, clap::Args)]
pub struct Supervisor {
    #[arg(long)]
    processor_time: u64,
    #[arg(long)]
    memory: u64,
    #[arg(long)]
    processes: u64,
    #[arg(long)]
    file_size: u64,
    #[arg(long)]
    open_files: u64,
    /// Whether the program reads standard input
    #[arg(long)]
    input: bool,
    /// The user that the program runs as
    #[arg(long)]
    user: Option<u32>,
    #[arg(last = true, required = true)]
    program: Vec<OsString>,
}

/// The arguments of `grade` that run a program within limits.
pub(super) fn arguments(input: Input, limits: &Limits, user: Option<u32>) -> Vec<OsString> {
    let options = [
        ("--processor-time", limits.processor_time.as_secs()),
        ("--memory", limits.memory),
        ("--processes", limits.processes),
        ("--file-size", limits.file_size),
        ("--open-files", limits.open_files),
    ];
    let options = options.into_iter().chain(user.map(|user| ("--user", u64::from(user))));
    let options = options.flat_map(|(option, value)| [option.into(), value.to_string().into()]);
    let input = (input == Input::Given).then(|| "--input".into());
    let options = options.chain(input).chain(["--".into()]);
    ["jail".into(), "supervise".into()].into_iter().chain(options).collect()
}

/// Tells `grade` that the jail stands.
pub(super) fn say_started() -> Result<(), String> {
    writeln!(io::stderr(), "{STARTED}").map_err(|error| format!("standard error: {error}"))
}

/// What happens while the program runs.
enum Event {
    Ended(io::Result<ExitStatus>),
    /// Nobody waits for it any more.
    Abandoned,
}

impl Supervisor {
    /// Runs the program to its end.
    pub(super) fn run(self) -> ExitCode {
        let code = self.prepare().and_then(|()| self.start()).and_then(|child| self.watch(child));
        let code = code.unwrap_or_else(|why| {
            eprintln!("{why}");
            FAULT
        });
        end_family();
        // Threads of this process may still wait for standard input.
        process::exit(code.into())
    }

    fn prepare(&self) -> Result<(), String> {
        let fault = |what: &str| {
            let what = what.to_owned();
            move |error: rustix::io::Errno| format!("{what}: {error}")
        };
        // Fails in one that is first in its session already.
        let _ = setsid();
        set_no_new_privs(true).map_err(fault("no_new_privs"))?;
        // The program cannot look into this process, and cannot leave it.
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(fault("dumpable"))?;
        set_child_subreaper(Some(getpid())).map_err(fault("subreaper"))?;
        // If memory runs out, the kernel takes it from here and not from others.
        let _ = fs::write("/proc/self/oom_score_adj", "1000");
        let processes = self.processes * SLACK + self.threads_of_the_user()? + OWN_THREADS;
        for (resource, limit) in [
            (Resource::Core, 0),
            (Resource::Cpu, self.processor_time * SLACK),
            (Resource::Data, self.memory * SLACK),
            (Resource::Fsize, self.file_size),
            (Resource::Nofile, self.open_files),
            (Resource::Nproc, processes),
        ] {
            let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
            // At the lower one, a process gets a signal that says what the limit was.
            let limit =
                Rlimit { current: Some(limit.min(most)), maximum: Some((limit + 1).min(most)) };
            setrlimit(resource, limit).map_err(fault(&format!("the limit {resource:?}")))?;
        }
        Ok(())
    }

    /// How many threads the user has already that the program will run as. The kernel counts
    /// them, too, if that user is the one who grades.
    fn threads_of_the_user(&self) -> Result<u64, String> {
        use std::os::unix::fs::MetadataExt;
        if self.user.is_some() {
            return Ok(0);
        }
        let user = getuid().as_raw();
        let is_the_users = |process: &Process| {
            fs::metadata(format!("/proc/{}", process.id)).is_ok_and(|of| of.uid() == user)
        };
        let all = processes::all().map_err(|error| format!("/proc: {error}"))?;
        // The kernel says that what cannot be looked into, as this process, is root's.
        let its = all.iter().filter(|one| is_the_users(one) || one.id == getpid().as_raw_pid());
        Ok(its.map(|process| process.threads).sum())
    }

    fn start(&self) -> Result<Child, String> {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]);
        command.stdin(if self.input { Stdio::piped() } else { Stdio::null() });
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        // Before the program prints anything.
        say_started()?;
        command.spawn().map_err(|error| format!("{}: {error}", self.program[0].display()))
    }

    fn watch(&self, mut child: Child) -> Result<u8, String> {
        let (events, happens) = mpsc::channel();
        let program = child.id().cast_signed();
        relay(&mut child, events.clone());
        thread::spawn(move || events.send(Event::Ended(child.wait())));
        let mut rest = POLL_INTERVAL;
        loop {
            match happens.recv_timeout(rest) {
                Ok(Event::Ended(status)) => return status.map(code).map_err(|e| e.to_string()),
                Ok(Event::Abandoned) => return Ok(KILLED),
                Err(RecvTimeoutError::Disconnected) => return Err("nothing happens".to_owned()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let look = Instant::now();
            if let Some(code) =
                self.over_a_limit(program).map_err(|error| format!("/proc: {error}"))?
            {
                return Ok(code);
            }
            rest = POLL_INTERVAL.max(look.elapsed() * REST);
        }
    }

    fn over_a_limit(&self, program: i32) -> io::Result<Option<u8>> {
        let this = getpid().as_raw_pid();
        let family = processes::family(this)?;
        reap(family.iter().filter(|process| process.id != program));
        let worked: Duration = family.iter().map(|process| process.worked).sum();
        let memory: u64 = family.iter().map(Process::memory).sum();
        let others = family.iter().filter(|process| process.id != this);
        let threads: u64 = others.map(|process| process.threads).sum();
        Ok(if worked.as_secs() >= self.processor_time {
            Some(OVER_PROCESSOR_TIME)
        } else if memory > self.memory {
            Some(OVER_MEMORY)
        } else if threads > self.processes {
            Some(OVER_PROCESSES)
        } else {
            None
        })
    }
}

/// Gives the program what comes on standard input. When that is closed, nobody waits any more.
fn relay(child: &mut Child, events: Sender<Event>) {
    let mut to = child.stdin.take();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = io::stdin().lock().read(&mut buffer) {
            // The program need not read it.
            let _ = to.as_mut().map(|to| to.write_all(&buffer[..read]));
        }
        events.send(Event::Abandoned)
    });
}

/// Takes notice of orphans that have ended.
fn reap<'a>(family: impl Iterator<Item = &'a Process>) {
    let this = getpid().as_raw_pid();
    for orphan in family.filter(|one| one.is_zombie && one.parent == this) {
        let _ = waitpid(Pid::from_raw(orphan.id), WaitOptions::NOHANG);
    }
}

/// Ends all that the program has started. In a namespace of its own, the kernel does that.
fn end_family() {
    let this = getpid();
    if this.is_init() {
        return;
    }
    let others = || -> Vec<Process> {
        let family = processes::family(this.as_raw_pid()).unwrap_or_default();
        family.into_iter().filter(|one| one.id != this.as_raw_pid()).collect()
    };
    // Whoever is stopped starts no others, and still counts in the limit on processes. If they
    // were killed one by one, those that are left could start new ones in their places for ever.
    let mut stopped = BTreeSet::new();
    while let running = others()
        && running.iter().any(|one| stopped.insert(one.id))
    {
        send(&running, Signal::STOP);
    }
    while let left = others()
        && !left.is_empty()
    {
        send(&left, Signal::KILL);
        reap(left.iter());
        thread::sleep(Duration::from_millis(1));
    }
}

fn send(to: &[Process], signal: Signal) {
    for process in to.iter().filter_map(|one| Pid::from_raw(one.id)) {
        // It may have ended since then.
        let _ = kill_process(process, signal);
    }
}

/// How the program ended, as an exit code of this process.
fn code(status: ExitStatus) -> u8 {
    const XFSZ: i32 = Signal::XFSZ.as_raw();
    const XCPU: i32 = Signal::XCPU.as_raw();
    const KILL: i32 = Signal::KILL.as_raw();
    match (status.code(), status.signal()) {
        (Some(code), _) => match u8::try_from(code) {
            Ok(OTHER..=FAULT | SUPERVISOR_KILLED) | Err(_) => OTHER,
            Ok(code) => code,
        },
        (None, Some(XFSZ)) => OVER_FILE_SIZE,
        (None, Some(XCPU)) => OVER_PROCESSOR_TIME,
        (None, Some(KILL)) => KILLED,
        (None, signal) => 128 + signal.and_then(|number| u8::try_from(number).ok()).unwrap_or(0),
    }
}
