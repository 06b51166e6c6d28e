//! Runs programs that nobody trusts where they can do no harm.
//!
//! ```text
//! grade ── bwrap ── grade jail supervise ── program                      bubblewrap
//! grade ── grade jail supervise ── grade jail landlock, then program     Landlock
//! grade ── grade jail supervise ── program                               unsandboxed
//! ```
//!
//! [`Jail::probe`] finds out what works on this machine, and [`Jail::command`] makes the command
//! that runs a program in a [`Room`]. The supervisor sets the limits, and watches over those that
//! the kernel only knows for single processes. It ends with the program, and ends all that the
//! program has started.

mod hole;
mod room;
mod run;

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod canary;
#[cfg(target_os = "linux")]
mod ended;
#[cfg(target_os = "linux")]
mod family;
#[cfg(target_os = "linux")]
pub mod inside;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(target_os = "linux")]
mod supervisor;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicU32;

pub use hole::Hole;
pub use room::{LINKERS, Limits, Room};
pub use run::{Check, Finished};

use crate::gradebook::Isolation;
use workbook::Fault;

/// What keeps a program from doing harm on this machine.
#[derive(Debug)]
pub struct Jail {
    kind: Kind,
    /// The program `grade`, which is also the supervisor.
    grade: PathBuf,
    /// What this jail does not hold.
    holes: Vec<Hole>,
    /// Why there is no better one.
    why: Option<String>,
}

#[derive(Clone, Debug)]
enum Kind {
    #[cfg(target_os = "linux")]
    Bubblewrap(PathBuf),
    #[cfg(target_os = "linux")]
    Landlock,
    Unsandboxed,
}

impl Kind {
    /// How many parts of the jail say that the program has started.
    #[cfg(target_os = "linux")]
    fn stages(&self) -> usize {
        if matches!(self, Self::Landlock) { 2 } else { 1 }
    }
}

impl Jail {
    fn new(kind: Kind, grade: &Path) -> Self {
        Self { kind, grade: grade.to_owned(), holes: Vec::new(), why: None }
    }

    /// How answers are kept from doing harm.
    pub fn isolation(&self) -> Isolation {
        match self.kind {
            #[cfg(target_os = "linux")]
            Kind::Bubblewrap(_) => Isolation::Bubblewrap,
            #[cfg(target_os = "linux")]
            Kind::Landlock => Isolation::Landlock,
            Kind::Unsandboxed => Isolation::Unsandboxed,
        }
    }

    /// What a program in this jail can do all the same: nothing in bubblewrap.
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// What an instructor should know before submissions run in this jail.
    pub fn warning(&self) -> Option<String> {
        let holes: Vec<String> = self.holes.iter().map(Hole::to_string).collect();
        let holes = holes.join(", ");
        let why = self.why.as_ref()?;
        Some(format!(
            "submissions run under the rules of Landlock, because bubblewrap does not work here: \
             {why}. A submission {holes}. Grade those that you do not trust where bubblewrap works"
        ))
    }
}

#[cfg(not(target_os = "linux"))]
impl Jail {
    /// No jail, which this system has none of.
    ///
    /// # Errors
    ///
    /// Unless `unsandboxed`.
    pub fn probe(grade: &Path, unsandboxed: bool) -> Result<Self, Fault> {
        match unsandboxed {
            true => Ok(Self::new(Kind::Unsandboxed, grade)),
            false => Err(Fault(
                "submissions run in a jail that only Linux has: grade them there, or in a \
                 container or virtual machine with Linux. In a machine that is thrown away \
                 afterwards, --unsandboxed runs them without a jail, and marks every grade."
                    .to_owned(),
            )),
        }
    }

    /// The command that runs a program in a room. Its arguments are still to be added.
    ///
    /// # Errors
    ///
    /// None on this system, which has no jail.
    pub fn command(&self, program: &Path, room: &Room) -> Result<Command, Fault> {
        self.command_with(Input::Given, program, room)
    }

    fn command_with(&self, _: Input, program: &Path, room: &Room) -> Result<Command, Fault> {
        let mut command = Command::new(program);
        command.current_dir(&room.folder).env_clear().envs(&room.environment);
        Ok(command)
    }
}

/// What a program reads from its standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    /// Nothing.
    Empty,
    /// What its command is given.
    Given,
}

/// Whether programs can run as other users.
#[cfg(target_os = "linux")]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(target_os = "linux")]
impl Jail {
    /// The command that runs a program in a room. Its arguments are still to be added. The
    /// process lives for as long as its standard input is open and the thread that has started
    /// it is there.
    ///
    /// # Errors
    ///
    /// If what it may write cannot be given to it.
    pub fn command(&self, program: &Path, room: &Room) -> Result<Command, Fault> {
        self.command_with(Input::Given, program, room)
    }

    fn command_with(&self, input: Input, program: &Path, room: &Room) -> Result<Command, Fault> {
        let user = self.next_user();
        if let Some(user) = user {
            for path in &room.writable {
                room::give(path, user).map_err(Fault::of(path.display()))?;
            }
        }
        let supervisor = supervisor::arguments(input, &room.limits, user);
        let mut command = match &self.kind {
            Kind::Bubblewrap(bwrap) => {
                bubblewrap::command(bwrap, &self.grade, program, room, &supervisor)
            }
            Kind::Landlock => {
                let mut command = Command::new(&self.grade);
                command.args(&supervisor).arg(&self.grade);
                command.args(landlock::arguments(program, room)).arg(program);
                command
            }
            Kind::Unsandboxed => {
                let mut command = Command::new(&self.grade);
                command.args(&supervisor).arg(program);
                command
            }
        };
        command.env_clear().envs(&room.environment);
        match &self.kind {
            Kind::Bubblewrap(_) => {}
            Kind::Landlock => {
                // It has no /tmp of its own.
                let temporary = room.writable.iter().find(|path| path.is_dir());
                command.current_dir(&room.folder);
                command.envs(temporary.map(|folder| ("TMPDIR", folder)));
            }
            Kind::Unsandboxed => {
                command.current_dir(&room.folder);
            }
        }
        Ok(command)
    }

    /// The user that the next program runs as, if this process may choose one. No two programs
    /// that run at the same time have the same: that is what the kernel counts processes by, and
    /// what keeps one from the files of the other. Of two graders on one machine, each begins with
    /// another user.
    fn next_user(&self) -> Option<u32> {
        use std::sync::atomic::Ordering::Relaxed;
        /// How many programs have been started, in all jails of this process.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        /// User numbers that systemd's table of users and groups calls unused.
        const FIRST: u32 = 60_706;
        const COUNT: u32 = 61_183 - FIRST + 1;
        let chooses =
            !matches!(self.kind, Kind::Unsandboxed) && rustix::process::geteuid().is_root();
        let begin = std::process::id().wrapping_mul(COUNT / 3);
        chooses.then(|| FIRST + begin.wrapping_add(STARTED.fetch_add(1, Relaxed)) % COUNT)
    }
}
