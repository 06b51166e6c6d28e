//! Starts a program, watches what it and all its children use, and ends them together.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;
use std::{fmt, fs, process, thread};

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getpid, getrlimit, getuid, set_child_subreaper,
    set_dumpable_behavior, setpriority_process, setrlimit, setsid,
};
use rustix::thread::set_no_new_privs;

use super::family::{self, Family, Use};
use super::room::Limits;
use super::{Input, processes};

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
/// It could not be started.
pub(super) const FAULT: u8 = 125;
/// The supervisor was killed, as bubblewrap says it.
pub(super) const SUPERVISOR_KILLED: u8 = 128 + 9;

/// How often the processes are looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// How many times a limit the kernel grants to a single process: the looks at all of them come
/// first, and end with a message.
const SLACK: u64 = 2;
/// The threads of the supervisor.
const OWN_THREADS: u64 = 3;
/// How many threads more than now a user may have for whom the kernel counts the programs of all
/// jails together. It is so many that an answer that starts threads without an end reaches its own
/// limit first, and takes none from the others.
const MANY: u64 = 2048;
/// The priority of the program: one that lets the supervisor go first, and on a busy machine still
/// has its share.
const NICE: i32 = 15;

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
    writeln!(io::stderr(), "{STARTED}").map_err(fault("standard error"))
}

/// Turns an error into words that say what it is about.
fn fault<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
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
        family::end();
        // A thread of this process may still wait for standard input.
        process::exit(code.into())
    }

    fn prepare(&self) -> Result<(), String> {
        // Fails in one that is first in its session already.
        let _ = setsid();
        set_no_new_privs(true).map_err(fault("no new privileges"))?;
        // If memory runs out, the kernel takes it from the largest of these, and not from others.
        // From a process that cannot be looked into, it keeps this file, too.
        let _ = fs::write("/proc/self/oom_score_adj", "1000");
        // The program cannot look into this process, and cannot leave it.
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(fault("dumpable"))?;
        set_child_subreaper(Some(getpid())).map_err(fault("subreaper"))?;
        // The kernel counts the threads of a user, and in a namespace those of the namespace.
        let processes = match self.user.is_some() || getpid().is_init() {
            true => self.processes * SLACK + OWN_THREADS,
            false => processes::threads_of(getuid().as_raw()).map_err(fault("/proc"))? + MANY,
        };
        limit(Resource::Core, 0)?;
        limit(Resource::Data, self.memory * SLACK)?;
        limit(Resource::Fsize, self.file_size)?;
        limit(Resource::Nofile, self.open_files)?;
        limit(Resource::Nproc, processes)
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

        // A process begins with what the thread has that starts it. The supervisor itself keeps
        // its priority, so that it can look at the others however many compute, and has as much
        // time as it needs.
        let own_time = getrlimit(Resource::Cpu);
        limit(Resource::Cpu, self.processor_time * SLACK)?;
        let mut start = || {
            let _ = setpriority_process(None, NICE);
            command.spawn()
        };
        let child = thread::scope(|scope| scope.spawn(&mut start).join());
        setrlimit(Resource::Cpu, own_time).map_err(fault("its own limit on time"))?;
        let child = child.map_err(|_| "the thread that starts it panicked".to_owned())?;
        child.map_err(fault(self.program[0].display()))
    }

    fn watch(&self, mut child: Child) -> Result<u8, String> {
        let (events, happens) = mpsc::channel();
        let mut family = Family::of(child.id().cast_signed());
        relay(&mut child, events.clone());
        thread::spawn(move || events.send(Event::Ended(child.wait())));
        loop {
            match happens.recv_timeout(POLL_INTERVAL) {
                Ok(Event::Ended(status)) => return status.map(code).map_err(fault("waiting")),
                Ok(Event::Abandoned) => return Ok(KILLED),
                Err(RecvTimeoutError::Disconnected) => return Err("nobody waits".to_owned()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let uses = family.look().map_err(fault("/proc"))?;
            if let Some(code) = self.over_a_limit(&uses) {
                return Ok(code);
            }
        }
    }

    fn over_a_limit(&self, family: &Use) -> Option<u8> {
        if family.threads > self.processes {
            Some(OVER_PROCESSES)
        } else if family.memory > self.memory {
            Some(OVER_MEMORY)
        } else if family.worked.as_secs() >= self.processor_time {
            Some(OVER_PROCESSOR_TIME)
        } else {
            None
        }
    }
}

/// Sets a limit for this process and those that it starts.
fn limit(resource: Resource, limit: u64) -> Result<(), String> {
    let own = getrlimit(resource);
    let most = own.maximum.unwrap_or(u64::MAX);
    // This process gives itself its own time back. At the lower of two limits on time, a program
    // gets a signal that says which one it was.
    let maximum = if resource == Resource::Cpu { own.maximum } else { Some(limit.min(most)) };
    let limits = Rlimit { current: Some(limit.min(most)), maximum };
    setrlimit(resource, limits).map_err(fault(format!("the limit {resource:?}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_ends_as_if_the_supervisor_had_ended_it() {
        let exited = |code: i32| super::code(ExitStatus::from_raw(code << 8));
        let signalled = |signal: Signal| super::code(ExitStatus::from_raw(signal.as_raw()));
        assert_eq!([0, 1, 101].map(exited), [0, 1, 101]);
        let own = [OVER_FILE_SIZE, OVER_MEMORY, KILLED, FAULT, SUPERVISOR_KILLED];
        assert_eq!(own.map(|code| exited(code.into())), [OTHER; 5]);
        assert_eq!(signalled(Signal::ABORT), 128 + 6);
        assert_eq!(signalled(Signal::KILL), KILLED);
        assert_eq!(signalled(Signal::XFSZ), OVER_FILE_SIZE);
    }
}
