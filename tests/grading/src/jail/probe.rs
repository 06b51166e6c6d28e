//! Finds the jail that works on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use schedule::process;
use schedule::runner::End;
use workbook::Fault;

use super::canary::{self, Canary, Findings};
use super::hole::Hole;
use super::room::{Limits, Room};
use super::{Jail, Kind};

/// What Landlock has no rules for.
const NOT_IN_LANDLOCK: [Hole; 5] =
    [Hole::Processes, Hole::Signals, Hole::Loopback, Hole::Network, Hole::Sockets];

impl Jail {
    /// The jail that works on this machine: bubblewrap, else Landlock. `grade` is the path of the
    /// program of that name.
    ///
    /// # Errors
    ///
    /// If neither works, unless `unsandboxed`: then there is no jail.
    pub fn probe(grade: &Path, unsandboxed: bool) -> Result<Self, Fault> {
        if unsandboxed {
            return Self::unsandboxed(grade);
        }
        let no_bubblewrap = match Self::bubblewrap(grade) {
            Ok(jail) => return Ok(jail),
            Err(why) => why,
        };
        let no_landlock = match Self::landlock(grade) {
            Ok(jail) => return Ok(Self { why: Some(no_bubblewrap.to_string()), ..jail }),
            Err(why) => why,
        };
        Err(Fault(format!(
            "there is no jail on this machine to run the submissions in, so none was run.\n\
             bubblewrap: {no_bubblewrap}\n\
             Landlock: {no_landlock}\n\
             Install bubblewrap 0.8 or later (the package `bubblewrap` of most systems). In a \
             virtual machine that is thrown away afterwards, --unsandboxed runs them without a \
             jail, and marks every grade."
        )))
    }

    /// The jail that bubblewrap makes.
    ///
    /// # Errors
    ///
    /// If it does not work here, or does not hold what it must.
    pub fn bubblewrap(grade: &Path) -> Result<Self, Fault> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&path).map(|folder| folder.join("bwrap"));
        let bwrap = places.into_iter().find(|place| place.is_file());
        let bwrap = bwrap.ok_or_else(|| Fault("not installed: there is no `bwrap`".to_owned()))?;
        Self::new(Kind::Bubblewrap(bwrap), grade).tried(&[])
    }

    /// The jail that Landlock makes.
    ///
    /// # Errors
    ///
    /// If it does not work here, or does not hold what it must.
    pub fn landlock(grade: &Path) -> Result<Self, Fault> {
        Self::new(Kind::Landlock, grade).tried(&NOT_IN_LANDLOCK)
    }

    /// No jail, only limits.
    ///
    /// # Errors
    ///
    /// If even that does not work here.
    pub fn unsandboxed(grade: &Path) -> Result<Self, Fault> {
        let mut anything = vec![Hole::Reads, Hole::Writes];
        anything.extend(NOT_IN_LANDLOCK);
        Self::new(Kind::Unsandboxed, grade).tried(&anything)
    }

    /// Runs the canary, which must not be able to do more than `accepted`.
    fn tried(mut self, accepted: &[Hole]) -> Result<Self, Fault> {
        let folder = tempfile::tempdir().map_err(Fault::of("the temporary folder"))?;
        let canary = Outside::new(folder.path()).map_err(Fault::of("the temporary folder"))?;
        let mut findings = self.run_canary(&canary.canary)?;
        findings.holes.extend(canary.canary.written().exists().then_some(Hole::Writes));
        findings.holes.sort_unstable();
        let unheld = findings.holes.iter().filter(|hole| !accepted.contains(hole));
        let unheld = unheld.map(|hole| format!("a program {hole}")).chain(findings.lacking.clone());
        let unheld: Vec<_> = unheld.collect();
        if !unheld.is_empty() {
            return Err(Fault(unheld.join("; ")));
        }
        self.holes = findings.holes;
        Ok(self)
    }

    fn run_canary(&self, canary: &Canary) -> Result<Findings, Fault> {
        let room = Room {
            readable: Vec::new(),
            writable: vec![canary.record.clone()],
            folder: PathBuf::from("/"),
            environment: BTreeMap::new(),
            limits: Limits {
                processor_time: Duration::from_secs(10),
                memory: 1 << 30,
                processes: canary::THREADS + 1,
                file_size: 1 << 20,
                open_files: 256,
            },
        };
        let limits = process::Limits {
            wall: Duration::from_secs(60),
            output: 1 << 16,
            kept_output: 1 << 12,
        };
        let finished = self.run(&self.grade, &canary.arguments(), &room, limits)?;
        let text = fs::read(&canary.record).unwrap_or_default();
        match (finished.end, serde_json::from_slice(&text)) {
            (End::Itself(status), Ok(findings)) if status.success() => Ok(findings),
            (end, _) => {
                Err(Fault(format!("a trial ended with {end:?}: {}", finished.stderr.trim())))
            }
        }
    }
}

/// What there is outside of the jail for the canary to try.
struct Outside {
    canary: Canary,
    _port: TcpListener,
    _sockets: [UnixListener; 2],
}

impl Outside {
    fn new(folder: &Path) -> std::io::Result<Self> {
        // Only the jail is to keep the canary out.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777))?;
        fs::write(folder.join("secret"), "a file of the host")?;
        let record = folder.join("record");
        fs::write(&record, "")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let socket = format!("grade-{}", folder.file_name().unwrap_or_default().display());
        let sockets = [
            UnixListener::bind_addr(&SocketAddr::from_abstract_name(&socket)?)?,
            UnixListener::bind(folder.join("socket"))?,
        ];
        fs::set_permissions(folder.join("socket"), fs::Permissions::from_mode(0o777))?;
        Ok(Self {
            canary: Canary {
                process: std::process::id().cast_signed(),
                namespace: fs::read_link("/proc/self/ns/pid")?,
                folder: folder.to_owned(),
                port: port.local_addr()?.port(),
                socket,
                record,
            },
            _sockets: sockets,
            _port: port,
        })
    }
}
